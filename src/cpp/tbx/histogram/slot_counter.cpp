#include "tbx/histogram/slot_counter.h"

namespace tbx {

template <std::size_t kLanes>
void SlotCounter<kLanes>::fold_into(std::span<std::uint64_t> buckets) const {
  std::array<std::uint32_t, kLaneCounters> totals;
  for (std::size_t slot = 0; slot < kLaneCounters; ++slot) {
    std::uint32_t total = 0;
    for (const Lane& lane : lanes_) total += lane.counters[slot];
    totals[slot] = total;
  }
  add_slots(std::span<const std::uint32_t>(totals), buckets);
}

template class SlotCounter<1>;
template class SlotCounter<4>;

}  // namespace tbx
