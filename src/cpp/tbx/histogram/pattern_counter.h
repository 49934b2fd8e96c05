// Counts 8-bit and 16-bit values by their bit pattern, whatever it means, and looks at each pattern
// only once afterwards.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tbx/histogram/block.h"
#include "tbx/histogram/running_stats.h"
#include "tbx/histogram/tensor_view.h"

namespace tbx {

// Pattern is std::uint8_t (2 KiB) or std::uint16_t (512 KiB, meant for the heap).
template <typename Pattern>
class PatternCounter {
 public:
  PatternCounter() { counters_.fill(0); }

  void add_block(Block block);

  // Adds what was counted to the default buckets and the statistics, once, at the end.
  void fold_into(ValueType type, std::span<std::uint64_t> buckets, RunningStats& stats) const;

 private:
  static constexpr std::size_t kPatterns = std::size_t{1} << (8 * sizeof(Pattern));
  // Lanes for the same reason as in SlotCounter: runs of equal values.
  static constexpr std::size_t kLanes = 4;

  void add(std::size_t lane, Pattern pattern) {
    if (++counters_[lane * kPatterns + pattern] == 0) [[unlikely]] {
      carries_.push_back(pattern);
    }
  }

  std::array<std::uint16_t, kLanes * kPatterns> counters_;
  // The pattern, each time one of its counters went from 65,535 to 0.
  std::vector<Pattern> carries_;
};

}  // namespace tbx
