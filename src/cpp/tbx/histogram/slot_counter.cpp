#include "tbx/histogram/slot_counter.h"

namespace tbx {

template <std::size_t kLanes>
void SlotCounter<kLanes>::fold_into(std::span<std::uint64_t> buckets) const {
  std::array<std::uint32_t, kLaneStride> totals;
  for (std::size_t slot = 0; slot < kLaneStride; ++slot) {
    std::uint32_t total = 0;
    for (std::size_t lane = 0; lane < kLanes; ++lane) total += counters_[lane * kLaneStride + slot];
    totals[slot] = total;
  }
  add_slots(std::span<const std::uint32_t>(totals), buckets);
}

template class SlotCounter<1>;
template class SlotCounter<4>;

}  // namespace tbx
