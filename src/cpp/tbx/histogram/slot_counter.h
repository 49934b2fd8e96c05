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

// 3 KiB in use a lane, meant for the stack. Four lanes count fastest; of few values clearing and
// adding up the lanes is most of the work, so that one lane is better.
//
// Where what lies is part of the speed. A processor that loads first guesses by the low 12 bits of
// an address whether an earlier store goes there, then by some of its physical page, and waits if
// so. Hence the counters of one slot in different lanes differ in those bits, and room() shares
// them with no counter. With slots put anywhere else one process in twenty took 2 to 4 times as
// long, whenever its pages happened to be alike.
template <std::size_t kLanes>
class SlotCounter {
 public:
  // `lane` should go round: adding to a counter that was just added to waits for the store to come
  // back, about 7 cycles.
  void add(std::size_t lane, std::size_t slot) { ++lanes_[lane % kLanes].counters[slot]; }

  // To be called after every block of at most kBlockValues, round the lanes: adds the counts to the
  // default buckets before a 16-bit counter could overflow.
  void end_block(std::span<std::uint64_t> buckets) {
    if (++blocks_since_fold_ < kBlocksPerFold) return;
    fold_into(buckets);
    for (Lane& lane : lanes_) lane.counters.fill(0);
    blocks_since_fold_ = 0;
  }

  // Adds the counts to the default buckets, once, at the end.
  void fold_into(std::span<std::uint64_t> buckets) const;

  // Of a single lane, the counts themselves.
  std::span<const std::uint16_t> slots() const
    requires(kLanes == 1)
  {
    return lanes_[0].counters;
  }

  static constexpr std::size_t kRoomSlots = 192;
  // For slots on their way to add(); on a cache line's boundary.
  std::span<std::uint16_t, kRoomSlots> room() { return lanes_[0].room; }

 private:
  // Rounded up to whole vectors.
  static constexpr std::size_t kLaneCounters = (kSlotCount + 15) / 16 * 16;
  static constexpr std::size_t kPageSlots = 4096 / sizeof(std::uint16_t);
  static constexpr std::size_t kLineSlots = kCacheLineBytes / sizeof(std::uint16_t);

  // A page and three cache lines, so that each lane's counters begin three lines further into their
  // page, and the room lies at the page's end, which no lane's counters reach.
  struct alignas(kCacheLineBytes) Lane {
    std::array<std::uint16_t, kLaneCounters> counters{};
    std::array<std::uint16_t, kPageSlots - kRoomSlots - kLaneCounters> unused;
    std::array<std::uint16_t, kRoomSlots> room;
    std::array<std::uint16_t, 3 * kLineSlots> next_page;
  };
  static_assert((kLanes - 1) * 3 * kLineSlots + kLaneCounters <= kPageSlots - kRoomSlots);
  static_assert(kRoomSlots % kLineSlots == 0);

  static constexpr std::size_t kBlocksPerFold = 0xffff / (kBlockValues / kLanes);
  static_assert(kBlocksPerFold > 0);

  std::size_t blocks_since_fold_ = 0;
  std::array<Lane, kLanes> lanes_;
};

}  // namespace tbx
