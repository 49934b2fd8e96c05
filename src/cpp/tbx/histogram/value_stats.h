// What a histogram says about its values beside the buckets; mergeable piece by piece.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace tbx {

// NaN and the infinities are counted on their own and take part in nothing else.
struct ValueStats {
  std::uint64_t num = 0;  // finite values
  std::uint64_t nan_count = 0;
  std::uint64_t positive_infinity_count = 0;
  std::uint64_t negative_infinity_count = 0;
  // Over the finite values; while there are none (num == 0), +inf and -inf. Never -0.0. In a thread
  // that has told its CPU to take denormals for zero, these four do so too.
  double min = std::numeric_limits<double>::infinity();
  double max = -std::numeric_limits<double>::infinity();
  // Infinite or NaN where float64 cannot hold the sum, as numpy's would be.
  double sum = 0;
  double sum_squares = 0;

  void merge(const ValueStats& other) noexcept {
    num += other.num;
    nan_count += other.nan_count;
    positive_infinity_count += other.positive_infinity_count;
    negative_infinity_count += other.negative_infinity_count;
    min = std::min(min, other.min);
    max = std::max(max, other.max);
    sum += other.sum;
    sum_squares += other.sum_squares;
  }
};

}  // namespace tbx
