#include "tbx/histogram/explicit_limits.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "histogram/tensor_of.h"
#include "tbx/base/error.h"

using tbx::ExplicitLimits;
using tbx::Histogram;
using tbx::ValueType;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kLargest = std::numeric_limits<double>::max();

// As numpy.linspace places them.
std::vector<double> evenly_spaced(double first, double last, std::size_t buckets) {
  std::vector<double> limits;
  const double step = (last - first) / static_cast<double>(buckets);
  for (std::size_t i = 0; i < buckets; ++i) limits.push_back(first + static_cast<double>(i) * step);
  limits.push_back(last);
  return limits;
}

void check_counts(const std::vector<double>& values, const std::vector<double>& limits) {
  Histogram histogram(limits.size() - 1);
  tbx::count_values(tbx_test::PackedTensor<double>(values, ValueType::kFloat64),
                    ExplicitLimits(limits), histogram);
  double magnitudes = 0;
  for (const double value : values) magnitudes += std::isfinite(value) ? std::abs(value) : 0;
  tbx_test::check_same(histogram, tbx_test::naive_histogram(values, limits), magnitudes);
}

// The limits, their neighbours, values between and beyond, and what is not finite.
std::vector<double> awkward_values(const std::vector<double>& limits) {
  std::vector<double> values{kNan, kInfinity, -kInfinity, 0.0, -0.0, 5e-324, 1e300, -1e300};
  for (std::size_t i = 0; i < limits.size(); ++i) {
    const double limit = limits[i];
    if (!std::isfinite(limit)) continue;
    double below = limit;
    double above = limit;
    values.push_back(limit);
    for (int ulps = 0; ulps < 3; ++ulps) {
      values.push_back(below = std::nextafter(below, -kLargest));
      values.push_back(above = std::nextafter(above, kLargest));
    }
    if (i != 0 && std::isfinite(limits[i - 1])) values.push_back(limits[i - 1] / 2 + limit / 2);
  }
  return values;
}

}  // namespace

TEST_CASE("evenly spaced limits are recognised and counted exactly") {
  for (const auto& [first, last] : {std::pair{0.0, 1.0},
                                    {-5.0, 5.0},
                                    {-1e-300, 1e-300},
                                    {1.0, 1.0 + 1e-9},
                                    {-1e200, 3e200},
                                    {0.1, 0.7}}) {
    for (const std::size_t buckets : {1, 2, 3, 10, 30, 509, 510, 511, 1000, 70'000}) {
      const auto limits = evenly_spaced(first, last, buckets);
      CAPTURE(first);
      CAPTURE(buckets);
      CHECK(ExplicitLimits(limits).evenly_spaced());
      check_counts(awkward_values(limits), limits);
    }
  }
}

TEST_CASE("limits that are not evenly spaced are searched") {
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal;
  for (const std::size_t count : {3, 4, 5, 8, 9, 17, 100, 513, 2000}) {
    std::vector<double> limits(count);
    for (double& limit : limits) limit = std::pow(normal(random), 9);
    std::sort(limits.begin(), limits.end());
    CAPTURE(count);
    check_counts(awkward_values(limits), limits);
  }
  const std::vector<double> powers{1, 10, 100, 1e3, 1e4, 1e5};
  CHECK_FALSE(ExplicitLimits(powers).evenly_spaced());
  check_counts(awkward_values(powers), powers);
}

TEST_CASE("the default limits as explicit ones differ in the outer buckets only") {
  const std::vector<double> limits(tbx::kDefaultBucketLimits.begin(),
                                   tbx::kDefaultBucketLimits.end());
  check_counts(awkward_values(limits), limits);
  std::vector<double> values = awkward_values(limits);
  Histogram explicit_ones(limits.size() - 1);
  const tbx_test::PackedTensor<double> tensor(values, ValueType::kFloat64);
  tbx::count_values(tensor, ExplicitLimits(limits), explicit_ones);
  Histogram default_ones;
  tbx::count_values(tensor, default_ones);
  explicit_ones.buckets.front() += explicit_ones.below;
  explicit_ones.buckets.back() += explicit_ones.above;
  CHECK(explicit_ones.buckets == default_ones.buckets);
}

TEST_CASE("equal, infinite and extreme limits follow numpy's rule") {
  for (const std::vector<double>& limits : {std::vector<double>{0, 1, 1, 2},
                                            {0, 0},
                                            {1, 1, 1},
                                            {0, 1, 2, 2},
                                            {0, 0, 0, 1, 2, 3},
                                            {-kInfinity, 0, kInfinity},
                                            {0, kInfinity},
                                            {-kInfinity, 0},
                                            {-kLargest, kLargest},
                                            {-kLargest, -1, 1, kLargest},
                                            {-5e-324, 0, 5e-324},
                                            {-0.0, 0.0, 1.0},
                                            {1e308, kLargest}}) {
    CAPTURE(limits.size());
    CAPTURE(limits[0]);
    check_counts(awkward_values(limits), limits);
    check_counts(awkward_values({0, 1, 2, 3}), limits);
  }
}

TEST_CASE("any type can be counted between explicit limits") {
  const std::vector<double> limits{-2, -1, 0, 1, 2};
  Histogram of_bytes(4);
  tbx::count_values(
      tbx_test::PackedTensor<std::int8_t>({-128, -2, -1, 0, 1, 2, 3}, ValueType::kInt8),
      ExplicitLimits(limits), of_bytes);
  CHECK(of_bytes.buckets == std::vector<std::uint64_t>{1, 1, 1, 2});
  CHECK(of_bytes.below == 1);
  CHECK(of_bytes.above == 1);
  Histogram of_halves(4);
  tbx::count_values(
      tbx_test::PackedTensor<std::uint16_t>({0x3c00, 0xbc00, 0x7c00, 0x7e00}, ValueType::kFloat16),
      ExplicitLimits(limits), of_halves);
  CHECK(of_halves.buckets == std::vector<std::uint64_t>{0, 1, 0, 1});
  CHECK(of_halves.stats.positive_infinity_count == 1);
  CHECK(of_halves.stats.nan_count == 1);
}

TEST_CASE("a histogram with explicit limits keeps what it holds") {
  const std::vector<double> limits{0, 1, 2};
  const std::vector<double> values{-1, 0.5, 1.5, 2, 3};
  const tbx_test::PackedTensor<double> tensor(values, ValueType::kFloat64);
  Histogram twice(2);
  tbx::count_values(tensor, ExplicitLimits(limits), twice);
  Histogram merged = twice;
  merged.merge(twice);
  tbx::count_values(tensor, ExplicitLimits(limits), twice);
  for (const Histogram* histogram : {&twice, &merged}) {
    CHECK(histogram->buckets == std::vector<std::uint64_t>{2, 4});
    CHECK(histogram->below == 2);
    CHECK(histogram->above == 2);
    CHECK(histogram->stats.num == 10);
  }
}

TEST_CASE("what is no list of limits is refused, and the message says where") {
  const auto message_for = [](const std::vector<double>& limits) -> std::string {
    try {
      ExplicitLimits{limits};
    } catch (const tbx::ErrorException& e) {
      CHECK(e.error().code == tbx::ErrorCode::kInvalidArgument);
      return e.what();
    }
    return "accepted";
  };
  CHECK(message_for({}) == "a histogram needs at least two bucket limits, not 0");
  CHECK(message_for({1}) == "a histogram needs at least two bucket limits, not 1");
  CHECK(message_for({1, kNan, 2}) == "bucket limit 1 is NaN");
  CHECK(message_for({1, 3, 2}) ==
        "bucket limits must not fall, but limit 2 is 2.000000 after 3.000000");
}
