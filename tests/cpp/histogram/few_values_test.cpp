#include "tbx/histogram/few_values.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "histogram/tensor_of.h"
#include "tbx/histogram/histogram.h"

using tbx::TrimmedBuckets;
using tbx::ValueType;

namespace {

std::vector<double> doubles(std::span<const double> values) {
  return {values.begin(), values.end()};
}

// As by the long way.
template <typename T>
void check(const std::vector<T>& values, ValueType type) {
  tbx::Histogram histogram;
  const tbx_test::PackedTensor<T> tensor(values, type);
  tbx::count_values(tensor, histogram);
  TrimmedBuckets expected;
  if (tbx::trim_buckets(tbx::kDefaultBucketLimits, histogram.buckets, {}, expected)) {
    expected = {};  // no finite value
  }
  TrimmedBuckets actual{{}, {7, 7, 7}, {}};  // of an earlier one
  const tbx::ValueStats stats = tbx::count_few_values(tensor, actual);
  REQUIRE(doubles(actual.limits) == doubles(expected.limits));
  REQUIRE(actual.counts == expected.counts);
  REQUIRE(stats.num == histogram.stats.num);
  REQUIRE(stats.nan_count == histogram.stats.nan_count);
  REQUIRE(stats.positive_infinity_count == histogram.stats.positive_infinity_count);
  REQUIRE(stats.negative_infinity_count == histogram.stats.negative_infinity_count);
  REQUIRE(stats.min == histogram.stats.min);
  REQUIRE(stats.max == histogram.stats.max);
  // Bytes are added up in another order there.
  const auto same = [](double a, double b) {
    return a == b || (std::isnan(a) && std::isnan(b)) || std::abs(a - b) <= 1e-12 * std::abs(b);
  };
  REQUIRE(same(stats.sum, histogram.stats.sum));
  REQUIRE(same(stats.sum_squares, histogram.stats.sum_squares));
}

template <typename T>
void check_random_bits(ValueType type) {
  std::mt19937_64 random(static_cast<unsigned>(type));
  for (const std::size_t size : {1u, 2u, 7u, 8u, 9u, 100u, 1023u, 1024u, 1025u, 3999u, 4000u}) {
    std::vector<T> values(size);
    for (T& value : values) {
      const auto bits = random();
      std::memcpy(&value, &bits, sizeof value);
    }
    check(values, type);
  }
}

}  // namespace

TEST_CASE("few values of every type and size come out as by the long way") {
  for (const ValueType type :
       {ValueType::kBool, ValueType::kInt8, ValueType::kUint8, ValueType::kFloat8E4m3fn,
        ValueType::kFloat8E5m2, ValueType::kFloat8E4m3fnuz, ValueType::kFloat8E5m2fnuz}) {
    check_random_bits<std::uint8_t>(type);
  }
  for (const ValueType type :
       {ValueType::kInt16, ValueType::kUint16, ValueType::kFloat16, ValueType::kBfloat16}) {
    check_random_bits<std::uint16_t>(type);
  }
  for (const ValueType type : {ValueType::kInt32, ValueType::kUint32, ValueType::kFloat32}) {
    check_random_bits<std::uint32_t>(type);
  }
  for (const ValueType type : {ValueType::kInt64, ValueType::kUint64, ValueType::kFloat64}) {
    check_random_bits<std::uint64_t>(type);
  }
}

TEST_CASE("values around zero and at the ends") {
  const double infinity = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> values{-1e300, -1e20, -1.0,  -1e-12, -1e-13, -5e-324, -0.0,     0.0,
                                   5e-324, 1e-13, 1e-12, 1.0,    1e20,   1e300,   infinity, nan};
  for (const double a : values) {
    check(std::vector<double>{a}, ValueType::kFloat64);
    for (const double b : values) check(std::vector<double>{a, b, a}, ValueType::kFloat64);
  }
  check(std::vector<double>(4000, 1.0), ValueType::kFloat64);
}
