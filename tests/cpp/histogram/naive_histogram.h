// The histogram as its definition reads, one value at a time: what the tests and the benchmark
// compare with.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "tbx/histogram/bucket_limits.h"
#include "tbx/histogram/histogram.h"

namespace tbx_test {

// How many limits are at most `value`, minus one; -1 is below the first.
inline std::ptrdiff_t last_limit_at_most(std::span<const double> limits, double value) {
  return std::upper_bound(limits.begin(), limits.end(), value) - limits.begin() - 1;
}

inline void add_naively_to_stats(double value, tbx::ValueStats& stats) {
  if (std::isnan(value)) {
    ++stats.nan_count;
  } else if (std::isinf(value)) {
    ++(value > 0 ? stats.positive_infinity_count : stats.negative_infinity_count);
  } else {
    ++stats.num;
    stats.min = std::min(stats.min, value);
    stats.max = std::max(stats.max, value);
    stats.sum += value;
    stats.sum_squares += value * value;
  }
}

inline std::size_t naive_default_bucket(double value) {
  const auto limit = last_limit_at_most(tbx::kDefaultBucketLimits, value);
  return static_cast<std::size_t>(
      std::clamp<std::ptrdiff_t>(limit, 0, tbx::kDefaultBucketCount - 1));
}

inline tbx::Histogram naive_histogram(std::span<const double> values) {
  tbx::Histogram histogram;
  for (const double value : values) {
    add_naively_to_stats(value, histogram.stats);
    if (std::isfinite(value)) ++histogram.buckets[naive_default_bucket(value)];
  }
  return histogram;
}

inline tbx::Histogram naive_histogram(std::span<const double> values,
                                      std::span<const double> limits) {
  tbx::Histogram histogram(limits.size() - 1);
  for (const double value : values) {
    add_naively_to_stats(value, histogram.stats);
    if (!std::isfinite(value)) continue;
    if (value < limits.front()) {
      ++histogram.below;
    } else if (value > limits.back()) {
      ++histogram.above;
    } else if (value == limits.back()) {
      ++histogram.buckets.back();
    } else {
      ++histogram.buckets[static_cast<std::size_t>(last_limit_at_most(limits, value))];
    }
  }
  return histogram;
}

}  // namespace tbx_test
