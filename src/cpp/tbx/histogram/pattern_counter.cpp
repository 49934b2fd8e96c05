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

// Patterns looked at together; most such groups of 16-bit patterns are empty. Those of a 16-bit
// float have sign and exponent in common.
constexpr std::size_t kGroup = 128;

// How often each pattern of a group occurred.
using Repeats = std::span<const std::int32_t, kGroup>;

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

// Sums of n, i * n and i * i * n, where n is how often pattern i of a group occurred.
struct Moments {
  std::uint64_t n = 0;
  std::uint64_t in = 0;
  std::uint64_t iin = 0;
};

// By additions alone: sums of sums have each n once, k + 1 times, and (k + 1) * (k + 2) / 2 times,
// where it is the k-th of every fourth.
Moments moments_of(Repeats repeats) {
  constexpr std::size_t kFour = 4;  // what vector code takes at once
  std::array<std::uint64_t, kFour> once{}, twice{}, thrice{};
  for (std::size_t end = kGroup; end != 0; end -= kFour) {
    for (std::size_t j = 0; j < kFour; ++j) {
      once[j] += static_cast<std::uint32_t>(repeats[end - kFour + j]);
      twice[j] += once[j];
      thrice[j] += twice[j];
    }
  }
  Moments moments;
  for (std::size_t j = 0; j < kFour; ++j) {  // i is 4 * k + j
    const std::uint64_t n = once[j];
    const std::uint64_t kn = twice[j] - n;
    const std::uint64_t kkn = 2 * thrice[j] - 3 * kn - 2 * n;
    moments.n += n;
    moments.in += 4 * kn + j * n;
    moments.iin += 16 * kkn + 8 * j * kn + j * j * n;
  }
  return moments;
}

// Values at equal distances: normal floats of one sign and exponent. In float64, where none is
// denormal (see widen.cpp).
struct EvenlySpaced {
  double first;
  double step;

  double operator[](std::size_t i) const { return first + static_cast<double>(i) * step; }
};

// Files the values of groups of patterns.
class RepeatedValues {
 public:
  void add(const EvenlySpaced& values, Repeats repeats, RunningStats& stats) {
    const Moments moments = moments_of(repeats);
    const auto n = static_cast<double>(moments.n);
    const auto in = static_cast<double>(moments.in);
    const auto iin = static_cast<double>(moments.iin);
    const double sum = values.first * n + values.step * in;
    const double sum_squares =
        values.first * (values.first * n + 2 * values.step * in) + values.step * values.step * iin;

    const auto occurs = [](std::int32_t times) { return times != 0; };
    const auto nearest = std::find_if(repeats.begin(), repeats.end(), occurs) - repeats.begin();
    const auto furthest =
        repeats.rend() - std::find_if(repeats.rbegin(), repeats.rend(), occurs) - 1;
    const double ends[] = {values[static_cast<std::size_t>(nearest)],
                           values[static_cast<std::size_t>(furthest)]};
    stats.add_finite({sum, sum_squares, std::min(ends[0], ends[1]), std::max(ends[0], ends[1])},
                     moments.n);
    add_slots_of(values, repeats);
  }

  // Any values, one by one.
  void add(std::span<const float, kGroup> values, Repeats repeats, RunningStats& stats) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    BlockSums sums{0, 0, kInfinity, -kInfinity};
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < kGroup; ++i) {
      if (repeats[i] == 0) continue;
      const auto times = static_cast<std::uint64_t>(repeats[i]);
      const double value = values[i] + 0.0;  // no -0.0, as sum_block
      if (!std::isfinite(value)) {
        stats.add_not_finite(value, times);
        continue;
      }
      slots_[slot(values[i])] += times;
      count += times;
      sums.sum += value * repeats[i];
      sums.sum_squares += value * value * repeats[i];
      sums.min = std::min(sums.min, value);
      sums.max = std::max(sums.max, value);
    }
    stats.add_finite(sums, count);
  }

  std::span<const std::uint64_t> slots() const { return slots_; }

 private:
  std::size_t slot(float value) const { return table_.slot(std::bit_cast<std::uint32_t>(value)); }

  void add_slots_of(const EvenlySpaced& values, Repeats repeats) {
    const auto slot_of = [&](std::size_t i) { return slot(static_cast<float>(values[i])); };
    for (std::size_t begin = 0; begin != kGroup;) {
      const std::size_t first = slot_of(begin);
      std::size_t end = kGroup;  // of those in the same slot, found by halving
      for (std::size_t in_slot = begin + 1; in_slot < end;) {
        const std::size_t middle = in_slot + (end - in_slot) / 2;
        if (slot_of(middle) == first) {
          in_slot = middle + 1;
        } else {
          end = middle;
        }
      }
      slots_[first] += std::accumulate(&repeats[begin], repeats.data() + end, std::uint64_t{0});
      begin = end;
    }
  }

  const SlotTable<float>& table_ = SlotTable<float>::instance();
  std::array<std::uint64_t, kSlotCount> slots_{};
};

// Whether the group of a 16-bit float's patterns from `first` on is EvenlySpaced: not with the
// denormals' exponent or that of infinities.
bool is_evenly_spaced(ValueType type, std::size_t first) {
  const std::size_t exponent = type == ValueType::kFloat16 ? 0x7c00 : 0x7f80;
  return (first & exponent) != 0 && (first & exponent) != exponent;
}

// What the lanes have of a group: nothing, one lane's own or, in `room`, all of theirs added up.
template <typename Lane>
const std::int32_t* add_up(std::span<const Lane> lanes, std::size_t first,
                           std::array<std::int32_t, kGroup>& room) {
  std::int32_t any = 0;
  for (const Lane& lane : lanes) {
    for (std::size_t i = 0; i < kGroup; ++i) any |= lane[first + i];
  }
  if (any == 0) return nullptr;
  if (lanes.size() == 1) return &lanes[0][first];
  room.fill(0);
  for (const Lane& lane : lanes) {
    for (std::size_t i = 0; i < kGroup; ++i) room[i] += lane[first + i];
  }
  return room.data();
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
    std::array<std::int32_t, kGroup> room;
    const auto* const counted = add_up(std::span(counters_).first(lanes_in_use_), first, room);
    if (counted == nullptr) continue;
    const Repeats repeats{counted, kGroup};
    std::array<Pattern, kGroup> patterns;
    std::iota(patterns.begin(), patterns.end(), static_cast<Pattern>(first));
    std::array<float, kGroup> values;
    const bool evenly_spaced = sizeof(Pattern) == 2 && is_evenly_spaced(type, first);
    widen(type,
          Block{reinterpret_cast<const std::byte*>(patterns.data()), evenly_spaced ? 2 : kGroup},
          values.data());
    if (evenly_spaced) {
      repeated.add(EvenlySpaced{values[0], static_cast<double>(values[1]) - values[0]}, repeats,
                   stats);
    } else {
      repeated.add(values, repeats, stats);
    }
  }
  add_slots(repeated.slots(), buckets);
}

template class PatternCounter<std::uint8_t>;
template class PatternCounter<std::uint16_t>;

}  // namespace tbx
