#include "tbx/histogram/pattern_counter.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

#include "tbx/histogram/slot_table.h"
#include "tbx/histogram/widen.h"

namespace tbx {
namespace {

// Patterns looked at together; most such groups of 16-bit patterns are empty.
constexpr std::size_t kGroup = 256;
// Patterns that in every type have values which only grow or only shrink, but for a NaN at an end:
// where both ends have the same slot, so has everything between.
constexpr std::size_t kRun = 32;

template <typename T>
using GroupOf = std::array<T, kGroup>;

// Whether more than 1 in 16 values is the same as the one before, judged by the first few.
template <typename Pattern>
bool repeats_itself(Block block) {
  constexpr std::size_t kJudged = 64;
  if (block.count <= kJudged) return false;
  Pattern equal = 0;  // as wide as what is compared: vector code
  for (std::size_t i = 0; i < kJudged; ++i) {
    const std::byte* const value = block.values + i * sizeof(Pattern);
    const bool same = load_packed<Pattern>(value) == load_packed<Pattern>(value + sizeof(Pattern));
    equal = static_cast<Pattern>(equal + same);
  }
  return equal > kJudged / 16;
}

// Sums and extremes of values that occur `repeats` times each. Not finite if a value is not.
BlockSums sum_group(const GroupOf<float>& values, const GroupOf<std::int32_t>& repeats) {
  using namespace block_sums_detail;
  using Int4 = std::int32_t __attribute__((vector_size(16)));
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  Double2 sums[2] = {};
  Double2 squares[2] = {};
  Float4 low = Float4{} + kInfinity;
  Float4 high = Float4{} - kInfinity;
  for (std::size_t i = 0; i < kGroup; i += 4) {
    const Float4 four = load_packed<Float4>(std::as_bytes(std::span(values)).data() + i * 4);
    const Int4 times = load_packed<Int4>(std::as_bytes(std::span(repeats)).data() + i * 4);
    // A NaN where there are none: neither smaller nor larger than anything.
    const Float4 counted = std::bit_cast<Float4>(std::bit_cast<Int4>(four) | (times == 0));
    low = counted < low ? counted : low;
    high = counted > high ? counted : high;
    const auto value_pairs = pairs_of(four);
    const auto times_pairs = pairs_of(times);
    for (std::size_t p = 0; p < 2; ++p) {
      sums[p] += value_pairs[p] * times_pairs[p];
      squares[p] += value_pairs[p] * value_pairs[p] * times_pairs[p];
    }
  }
  const Double2 sum = sums[0] + sums[1];
  const Double2 square = squares[0] + squares[1];
  const float min = std::min(std::min(low[0], low[1]), std::min(low[2], low[3]));
  const float max = std::max(std::max(high[0], high[1]), std::max(high[2], high[3]));
  return {sum[0] + sum[1], square[0] + square[1], min + 0.0, max + 0.0};  // no -0.0, as sum_block
}

// Files values that occur several times each, a group at a time.
class RepeatedValues {
 public:
  void add(GroupOf<float>& values, GroupOf<std::int32_t>& repeats, RunningStats& stats) {
    for (std::size_t i = 0; i < kGroup; i += kRun) add_slots_of_run(&values[i], &repeats[i]);
    BlockSums sums = sum_group(values, repeats);
    if (!std::isfinite(sums.sum_squares)) {
      set_aside_not_finite(values, repeats, stats);
      sums = sum_group(values, repeats);
    }
    stats.add_finite(sums, std::accumulate(repeats.begin(), repeats.end(), std::uint64_t{0}));
  }

  std::span<const std::uint64_t> slots() const { return slots_; }

 private:
  std::size_t slot(float value) const { return table_.slot(std::bit_cast<std::uint32_t>(value)); }

  void add_slots_of_run(const float* values, const std::int32_t* repeats) {
    const std::size_t first = slot(values[0]);
    if (first == slot(values[kRun - 1])) {
      slots_[first] += std::accumulate(repeats, repeats + kRun, std::uint32_t{0});
      return;
    }
    for (std::size_t i = 0; i < kRun; ++i) slots_[slot(values[i])] += repeats[i];
  }

  static void set_aside_not_finite(GroupOf<float>& values, GroupOf<std::int32_t>& repeats,
                                   RunningStats& stats) {
    for (std::size_t i = 0; i < kGroup; ++i) {
      if (std::isfinite(values[i])) continue;
      if (repeats[i] != 0) stats.add_not_finite(values[i], repeats[i]);
      values[i] = 0;
      repeats[i] = 0;
    }
  }

  const SlotTable<float>& table_ = SlotTable<float>::instance();
  std::array<std::uint64_t, kSlotCount> slots_{};
};

// Adds up what the lanes have of a group. False, and nothing done, if they have nothing.
template <typename Lane>
bool add_up(std::span<const Lane> lanes, std::size_t first, GroupOf<std::int32_t>& repeats) {
  std::int32_t any = 0;
  for (const Lane& lane : lanes) {
    for (std::size_t i = 0; i < kGroup; ++i) any |= lane[first + i];
  }
  if (any == 0) return false;
  repeats.fill(0);
  for (const Lane& lane : lanes) {
    for (std::size_t i = 0; i < kGroup; ++i) repeats[i] += lane[first + i];
  }
  return true;
}

}  // namespace

template <typename Pattern>
void PatternCounter<Pattern>::clear() {
  counters_[0].fill(0);
  lanes_in_use_ = 1;
}

template <typename Pattern>
void PatternCounter<Pattern>::add_block(Block block) {
  if (!repeats_itself<Pattern>(block)) return add_in_turns<1>(block);
  for (; lanes_in_use_ != kLanes; ++lanes_in_use_) counters_[lanes_in_use_].fill(0);
  add_in_turns<kLanes>(block);
}

template <typename Pattern>
template <std::size_t kTurns>
void PatternCounter<Pattern>::add_in_turns(Block block) {
  const auto pattern = [&](std::size_t i) {
    return load_packed<Pattern>(block.values + i * sizeof(Pattern));
  };
  constexpr std::size_t kAtOnce = 32;
  std::size_t i = 0;
  for (; i + kAtOnce <= block.count; i += kAtOnce) {
    prefetch_in_next_block<Pattern>(block.values + i * sizeof(Pattern));
#pragma GCC unroll 32
    for (std::size_t j = 0; j < kAtOnce; ++j) ++counters_[j % kTurns][pattern(i + j)];
  }
  for (; i < block.count; ++i) ++counters_[0][pattern(i)];
}

template <typename Pattern>
void PatternCounter<Pattern>::fold_into(ValueType type, std::span<std::uint64_t> buckets,
                                        RunningStats& stats) const {
  RepeatedValues repeated;
  for (std::size_t first = 0; first < kPatterns; first += kGroup) {
    GroupOf<std::int32_t> repeats;
    if (!add_up(std::span(counters_).first(lanes_in_use_), first, repeats)) continue;
    GroupOf<Pattern> patterns;
    std::iota(patterns.begin(), patterns.end(), static_cast<Pattern>(first));
    GroupOf<float> values;
    widen(type, Block{reinterpret_cast<const std::byte*>(patterns.data()), kGroup}, values.data());
    repeated.add(values, repeats, stats);
  }
  add_slots(repeated.slots(), buckets);
}

template class PatternCounter<std::uint8_t>;
template class PatternCounter<std::uint16_t>;

}  // namespace tbx
