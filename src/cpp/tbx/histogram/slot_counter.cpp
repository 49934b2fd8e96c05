#include "tbx/histogram/slot_counter.h"

namespace tbx {

template <>
void SlotCounter<1>::fold_into(std::span<std::uint64_t> buckets, const BucketRange& range) const {
  add_slots<std::uint16_t>(counters_, buckets, range);
}

template <>
void SlotCounter<4>::fold_into(std::span<std::uint64_t> buckets, const BucketRange& range) const {
  std::array<std::uint32_t, kLaneStride> totals;
  for (std::size_t slot = 0; slot < kLaneStride; ++slot) {
    std::uint32_t total = 0;
    for (std::size_t lane = 0; lane < 4; ++lane) total += counters_[lane * kLaneStride + slot];
    totals[slot] = total;
  }
  add_slots<std::uint32_t>(totals, buckets, range);
}

}  // namespace tbx
