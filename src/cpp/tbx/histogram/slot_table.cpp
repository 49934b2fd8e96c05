#include "tbx/histogram/slot_table.h"

#include <limits>

namespace tbx {
namespace {

template <typename Float>
using PatternOf = typename SlotTable<Float>::Pattern;

// The pattern of the smallest Float that is at least `limit` (> 0).
template <typename Float>
constexpr PatternOf<Float> first_at(double limit) {
  const Float nearest = static_cast<Float>(limit);
  const auto pattern = std::bit_cast<PatternOf<Float>>(nearest);
  return static_cast<double>(nearest) < limit ? pattern + 1 : pattern;
}

// The pattern of the smallest Float that is greater than `limit` (> 0).
template <typename Float>
constexpr PatternOf<Float> first_above(double limit) {
  const Float nearest = static_cast<Float>(limit);
  const auto pattern = std::bit_cast<PatternOf<Float>>(nearest);
  return static_cast<double>(nearest) <= limit ? pattern + 1 : pattern;
}

}  // namespace

template <typename Float>
constexpr SlotTable<Float>::SlotTable() : offsets_{} {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();

  // Buckets are closed below: a positive limit begins the next bucket, a negative one still belongs
  // to the bucket nearer to zero. The outermost limits begin nothing, since values beyond them stay
  // in the outer buckets.
  std::array<Pattern, kPositiveLimitCount> upwards{};
  std::array<Pattern, kPositiveLimitCount + 1> downwards{};
  downwards[0] = kSignBit | 1;
  for (std::size_t i = 0; i + 1 < kPositiveLimitCount; ++i) {
    upwards[i] = first_at<Float>(kDefaultBucketLimits[kPositiveLimitCount + 1 + i]);
    downwards[i + 1] =
        kSignBit | first_above<Float>(kDefaultBucketLimits[kPositiveLimitCount + 1 + i]);
  }
  upwards.back() = first_at<Float>(kInfinity);
  downwards.back() = kSignBit | first_at<Float>(kInfinity);

  fill_side(0, kPositiveSlot, upwards);
  fill_side(kSignBit, kNegativeZeroSlot, downwards);
}

// Fills the cells of one sign. `slot_begins` are the ascending patterns at which each slot after
// the first begins.
template <typename Float>
constexpr void SlotTable<Float>::fill_side(Pattern first_pattern, Pattern slot,
                                           std::span<const Pattern> slot_begins) {
  Pattern cell = first_pattern >> kShift;
  const Pattern end = cell + kCells / 2;
  for (const Pattern begin : slot_begins) {
    for (; cell < begin >> kShift; ++cell) offsets_[cell] = (slot - cell) << kShift;
    ++slot;
    // The cell that both slots share, or where the new one begins with the cell, its first.
    offsets_[cell++] = (slot << kShift) - begin;
  }
  for (; cell < end; ++cell) offsets_[cell] = (slot - cell) << kShift;
}

template <typename Float>
const SlotTable<Float>& SlotTable<Float>::instance() {
  static constinit const SlotTable table;
  return table;
}

template class SlotTable<float>;
template class SlotTable<double>;

}  // namespace tbx
