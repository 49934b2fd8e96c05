// Counts 8-bit and 16-bit values by their bit pattern, whatever it means, and looks at each pattern
// only once afterwards.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "tbx/histogram/block.h"
#include "tbx/histogram/running_stats.h"
#include "tbx/histogram/tensor_view.h"

namespace tbx {

// Pattern is std::uint8_t (5 KiB) or std::uint16_t (1 MiB, meant for the heap, of which mostly only
// the first quarter is touched).
template <typename Pattern>
class PatternCounter {
 public:
  // How many blocks the counters are sure to hold.
  static constexpr std::size_t kMaxBlocks = (std::size_t{1} << 31) / kBlockValues - 1;

  PatternCounter() { clear(); }

  void add_block(Block block);

  // Adds what was counted to the default buckets and the statistics.
  void fold_into(ValueType type, std::span<std::uint64_t> buckets, RunningStats& stats) const;

  // Begins again.
  void clear();

 private:
  static constexpr std::size_t kPatterns = std::size_t{1} << (8 * sizeof(Pattern));
  // Different values are counted fastest in one lane, which stays in the cache; runs of equal ones
  // in lanes that take turns, for the same reason as in SlotCounter.
  static constexpr std::size_t kLanes = 4;
  // So that a pattern's counters in different lanes do not share the low bits of their address.
  static constexpr std::size_t kGap = 48;

  template <std::size_t kTurns>
  void add_in_turns(Block block);

  std::size_t lanes_in_use_;  // the others are not initialised
  std::array<std::array<std::int32_t, kPatterns + kGap>, kLanes> counters_;
};

}  // namespace tbx
