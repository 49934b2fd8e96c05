#include "tbx/histogram/pattern_counter.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "tbx/histogram/slot_table.h"
#include "tbx/histogram/widen.h"

namespace tbx {
namespace {

// Files values that occur several times each.
class RepeatedValues {
 public:
  void add(float value, std::uint64_t repeats, RunningStats& stats) {
    slots_[table_.slot(std::bit_cast<std::uint32_t>(value))] += repeats;
    if (!std::isfinite(value)) return stats.add_not_finite(value, repeats);
    const double wide = value;
    const double times = static_cast<double>(repeats);
    sums_.sum += wide * times;
    sums_.sum_squares += wide * wide * times;
    sums_.min = std::min(sums_.min, wide + 0.0);  // + 0.0 as in sum_block: no -0.0
    sums_.max = std::max(sums_.max, wide + 0.0);
    count_ += repeats;
  }

  // To be called now and then, so that rounding errors do not pile up.
  void flush_sums(RunningStats& stats) {
    stats.add_finite(sums_, count_);
    sums_ = kNoSums;
    count_ = 0;
  }

  std::span<const std::uint64_t> slots() const { return slots_; }

 private:
  static constexpr BlockSums kNoSums{0, 0, std::numeric_limits<double>::infinity(),
                                     -std::numeric_limits<double>::infinity()};

  const SlotTable<float>& table_ = SlotTable<float>::instance();
  std::array<std::uint64_t, kSlotCount> slots_{};
  BlockSums sums_ = kNoSums;
  std::uint64_t count_ = 0;
};

}  // namespace

template <typename Pattern>
void PatternCounter<Pattern>::add_block(Block block) {
  std::size_t i = 0;
  for (; i + kLanes <= block.count; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      add(lane, load_packed<Pattern>(block.values + (i + lane) * sizeof(Pattern)));
    }
  }
  for (; i < block.count; ++i) add(0, load_packed<Pattern>(block.values + i * sizeof(Pattern)));
}

template <typename Pattern>
void PatternCounter<Pattern>::fold_into(ValueType type, std::span<std::uint64_t> buckets,
                                        RunningStats& stats) const {
  // Patterns looked at together; most such groups of 16-bit patterns are empty.
  constexpr std::size_t kGroup = 256;
  RepeatedValues repeated;
  for (std::size_t first = 0; first < kPatterns; first += kGroup) {
    std::array<std::uint32_t, kGroup> repeats;
    std::uint32_t any = 0;
    for (std::size_t i = 0; i < kGroup; ++i) {
      repeats[i] = 0;
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        repeats[i] += counters_[lane * kPatterns + first + i];
      }
      any |= repeats[i];
    }
    if (any == 0) continue;

    std::array<Pattern, kGroup> patterns;
    for (std::size_t i = 0; i < kGroup; ++i) patterns[i] = static_cast<Pattern>(first + i);
    std::array<float, kGroup> values;
    widen(type, Block{reinterpret_cast<const std::byte*>(patterns.data()), kGroup}, values.data());
    for (std::size_t i = 0; i < kGroup; ++i) {
      if (repeats[i] != 0) repeated.add(values[i], repeats[i], stats);
    }
    repeated.flush_sums(stats);
  }
  for (const Pattern pattern : carries_) {
    float value;
    widen(type, Block{reinterpret_cast<const std::byte*>(&pattern), 1}, &value);
    repeated.add(value, std::uint64_t{1} << 16, stats);
  }
  repeated.flush_sums(stats);
  add_slots(repeated.slots(), buckets);
}

template class PatternCounter<std::uint8_t>;
template class PatternCounter<std::uint16_t>;

}  // namespace tbx
