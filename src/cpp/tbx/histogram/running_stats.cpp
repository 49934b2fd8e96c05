#include "tbx/histogram/running_stats.h"

#include <algorithm>

namespace tbx {

ValueStats RunningStats::stats() const {
  ValueStats stats = counts_and_extremes_;
  stats.sum = sum_.total();
  stats.sum_squares = sum_squares_.total();
  return stats;
}

void RunningStats::add_finite(const BlockSums& sums, std::uint64_t count) {
  counts_and_extremes_.num += count;
  counts_and_extremes_.min = std::min(counts_and_extremes_.min, sums.min);
  counts_and_extremes_.max = std::max(counts_and_extremes_.max, sums.max);
  sum_.add(sums.sum);
  sum_squares_.add(sums.sum_squares);
}

// Squeezes the finite values together and sums those.
template <typename Float>
Block RunningStats::add_block_with_gaps(Block block, Float* room) {
  std::size_t finite_count = 0;
  for (std::size_t i = 0; i < block.count; ++i) {
    const Float value = load_packed<Float>(block.values + i * sizeof(Float));
    room[finite_count] = value;
    if (std::isfinite(value)) {
      ++finite_count;
    } else {
      add_not_finite(value, 1);
    }
  }
  const Block finite{reinterpret_cast<const std::byte*>(room), finite_count};
  add_finite(sum_block<Float>(finite, [](std::size_t, const std::byte*) {}), finite_count);
  return finite;
}

void RunningStats::add_not_finite(double value, std::uint64_t repeats) {
  if (std::isnan(value)) {
    counts_and_extremes_.nan_count += repeats;
  } else if (value > 0) {
    counts_and_extremes_.positive_infinity_count += repeats;
  } else {
    counts_and_extremes_.negative_infinity_count += repeats;
  }
}

template Block RunningStats::add_block_with_gaps(Block, float*);
template Block RunningStats::add_block_with_gaps(Block, double*);

}  // namespace tbx
