// Tensors for tests: a packed one over a vector, and the checks that a histogram is what it should
// be.
#pragma once

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "histogram/naive_histogram.h"
#include "tbx/histogram/tensor_view.h"

namespace tbx_test {

// A one-dimensional view; the vector must outlive it, and the object must not move.
template <typename T>
class PackedTensor {
 public:
  PackedTensor(const std::vector<T>& values, tbx::ValueType type)
      : shape_{static_cast<std::int64_t>(values.size())},
        view_{values.data(), type, shape_, strides_} {}
  PackedTensor(const PackedTensor&) = delete;

  operator const tbx::TensorView&() const { return view_; }

 private:
  std::array<std::int64_t, 1> shape_;
  std::array<std::int64_t, 1> strides_{sizeof(T)};
  tbx::TensorView view_;
};

template <typename T>
tbx::Histogram count(const std::vector<T>& values, tbx::ValueType type) {
  tbx::Histogram histogram;
  tbx::count_values(PackedTensor<T>(values, type), histogram);
  return histogram;
}

inline void check_close(double actual, double expected, double scale) {
  // Past float64's range it depends on the order whether a sum is finite, infinite or NaN.
  if (std::isinf(scale)) return;
  CHECK(std::abs(actual - expected) <= 1e-12 * scale);
}

// Counts and extremes are exact. The sum may differ from the naive one by a rounding error of the
// sum of magnitudes, which `sum_of_magnitudes` is.
inline void check_same(const tbx::Histogram& actual, const tbx::Histogram& expected,
                       double sum_of_magnitudes) {
  CHECK(actual.buckets == expected.buckets);
  CHECK(actual.below == expected.below);
  CHECK(actual.above == expected.above);
  CHECK(actual.stats.num == expected.stats.num);
  CHECK(actual.stats.nan_count == expected.stats.nan_count);
  CHECK(actual.stats.positive_infinity_count == expected.stats.positive_infinity_count);
  CHECK(actual.stats.negative_infinity_count == expected.stats.negative_infinity_count);
  CHECK(actual.stats.min == expected.stats.min);
  CHECK(actual.stats.max == expected.stats.max);
  CHECK_FALSE(std::signbit(actual.stats.min == 0 ? actual.stats.min : 0.0));
  CHECK_FALSE(std::signbit(actual.stats.max == 0 ? actual.stats.max : 0.0));
  check_close(actual.stats.sum, expected.stats.sum, sum_of_magnitudes);
  check_close(actual.stats.sum_squares, expected.stats.sum_squares, expected.stats.sum_squares);
  CHECK(std::isinf(actual.stats.sum_squares) == std::isinf(expected.stats.sum_squares));
}

// Compares with the naive histogram of the same values as float64.
inline void check_counts_of(const tbx::Histogram& actual, std::span<const double> values) {
  double sum_of_magnitudes = 0;
  for (const double value : values) {
    if (std::isfinite(value)) sum_of_magnitudes += std::abs(value);
  }
  check_same(actual, naive_histogram(values), sum_of_magnitudes);
}

}  // namespace tbx_test
