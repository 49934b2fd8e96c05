// Counts slots in interleaved tables of 16-bit counters, so that equal values in a row do not wait
// for each other.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "tbx/base/cache_line.h"
#include "tbx/histogram/block.h"
#include "tbx/histogram/slot_table.h"

namespace tbx {

// 3 KiB a lane, meant for the stack. Four lanes count fastest; of few values clearing and adding up
// the lanes is most of the work, so that one lane is better.
template <std::size_t kLanes>
class SlotCounter {
 public:
  SlotCounter() { counters_.fill(0); }

  // `lane` should go round: adding to a counter that was just added to waits for the store to come
  // back, about 7 cycles.
  void add(std::size_t lane, std::size_t slot) {
    std::uint16_t* const counters = &counters_[lane % kLanes * kLaneStride];
    ++counters[slot];
  }

  // To be called after every block of at most kBlockValues, round the lanes: adds the counts to the
  // default buckets before a 16-bit counter could overflow.
  void end_block(std::span<std::uint64_t> buckets) {
    if (++blocks_since_fold_ < kBlocksPerFold) return;
    fold_into(buckets);
    counters_.fill(0);
    blocks_since_fold_ = 0;
  }

  // Adds the counts to the default buckets, once, at the end.
  void fold_into(std::span<std::uint64_t> buckets) const;

  // Of a single lane, the counts themselves.
  std::span<const std::uint16_t> slots() const
    requires(kLanes == 1)
  {
    return counters_;
  }

 private:
  // No power of two: counters of one slot in different lanes must not share the low 12 bits of
  // their address, by which processors first guess whether a load depends on an earlier store.
  static constexpr std::size_t kLaneStride = (kSlotCount + 15) / 16 * 16;
  static constexpr std::size_t kBlocksPerFold = 0xffff / (kBlockValues / kLanes);
  static_assert(kLaneStride * sizeof(std::uint16_t) % 4096 != 0);
  static_assert(kBlocksPerFold > 0);

  std::size_t blocks_since_fold_ = 0;
  alignas(kCacheLineBytes) std::array<std::uint16_t, kLanes * kLaneStride> counters_;
};

}  // namespace tbx
