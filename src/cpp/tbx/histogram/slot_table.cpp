#include "tbx/histogram/slot_table.h"

#include <limits>

namespace tbx {
namespace {

template <typename Float>
using PatternOf = typename SlotTable<Float>::Pattern;

// The pattern of the smallest Float that is at least `limit` (> 0).
template <typename Float>
PatternOf<Float> first_at(double limit) {
  const Float nearest = static_cast<Float>(limit);
  const auto pattern = std::bit_cast<PatternOf<Float>>(nearest);
  return static_cast<double>(nearest) < limit ? pattern + 1 : pattern;
}

// The pattern of the smallest Float that is greater than `limit` (> 0).
template <typename Float>
PatternOf<Float> first_above(double limit) {
  const Float nearest = static_cast<Float>(limit);
  const auto pattern = std::bit_cast<PatternOf<Float>>(nearest);
  return static_cast<double>(nearest) <= limit ? pattern + 1 : pattern;
}

}  // namespace

template <typename Float>
const SlotTable<Float>& SlotTable<Float>::instance() {
  static const SlotTable table;
  return table;
}

template <typename Float>
SlotTable<Float>::SlotTable() {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const double* positive_limits = &kDefaultBucketLimits[kPositiveLimitCount + 1];

  // Buckets are closed below: a positive limit begins the next bucket, a negative one still belongs
  // to the bucket nearer to zero. The outermost limits begin nothing, since values beyond them stay
  // in the outer buckets.
  std::array<Pattern, kPositiveLimitCount> upwards;
  std::array<Pattern, kPositiveLimitCount + 1> downwards;
  downwards[0] = kSignBit | 1;
  for (std::size_t i = 0; i + 1 < kPositiveLimitCount; ++i) {
    upwards[i] = first_at<Float>(positive_limits[i]);
    downwards[i + 1] = kSignBit | first_above<Float>(positive_limits[i]);
  }
  upwards.back() = first_at<Float>(kInfinity);
  downwards.back() = kSignBit | first_at<Float>(kInfinity);

  fill_side(0, kPositiveSlot, upwards);
  fill_side(kSignBit, kNegativeZeroSlot, downwards);
}

// Fills the cells of one sign. `slot_begins` are the ascending patterns at which each slot after
// the first begins.
template <typename Float>
void SlotTable<Float>::fill_side(Pattern first_pattern, std::size_t first_slot,
                                 std::span<const Pattern> slot_begins) {
  Pattern slot = static_cast<Pattern>(first_slot);
  auto next = slot_begins.begin();
  const std::size_t first_cell = static_cast<std::size_t>(first_pattern >> kShift);
  for (std::size_t cell = first_cell; cell < first_cell + offsets_.size() / 2; ++cell) {
    const Pattern cell_begin = static_cast<Pattern>(cell) << kShift;
    if (next != slot_begins.end() && *next == cell_begin) {
      ++slot;
      ++next;
    }
    if (next != slot_begins.end() && *next >> kShift == cell) {
      ++slot;
      offsets_[cell] = (slot << kShift) - *next++;
    } else {
      offsets_[cell] = (slot << kShift) - cell_begin;
    }
  }
}

template class SlotTable<float>;
template class SlotTable<double>;

}  // namespace tbx
