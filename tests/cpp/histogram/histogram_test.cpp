#include "tbx/histogram/histogram.h"

#include <doctest/doctest.h>
#ifdef __SSE2__
#include <xmmintrin.h>
#endif

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <numeric>
#include <random>
#include <thread>
#include <vector>

#include "histogram/tensor_of.h"
#include "tbx/histogram/widen.h"

using tbx::Histogram;
using tbx::TensorView;
using tbx::ValueType;
using tbx_test::check_counts_of;
using tbx_test::count;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// The values as float64, through the conversions that widen_test.cpp checks.
template <typename Stored>
std::vector<double> as_doubles(const std::vector<Stored>& values, ValueType type) {
  std::vector<double> doubles(values.size());
  const tbx::Block block{std::as_bytes(std::span(values)).data(), values.size()};
  const std::byte* wide = tbx::widen(type, block, doubles.data()).values;
  if (!values.empty()) std::memmove(doubles.data(), wide, doubles.size() * sizeof(double));
  return doubles;
}

template <typename Stored>
void check_counts(const std::vector<Stored>& values, ValueType type) {
  check_counts_of(count(values, type), as_doubles(values, type));
}

template <typename Stored>
std::vector<Stored> random_bits(std::size_t size) {
  std::mt19937_64 random(size);
  std::vector<Stored> values(size);
  for (Stored& value : values) {
    const auto bits = random();
    std::memcpy(&value, &bits, sizeof value);
  }
  return values;
}

template <typename Float>
std::vector<Float> normal_values(std::size_t size) {
  std::mt19937_64 random(size);
  std::normal_distribution<double> normal;
  std::vector<Float> values(size);
  for (Float& value : values) value = static_cast<Float>(normal(random));
  return values;
}

// Sizes around everything that treats values in groups: lanes, blocks, folds of the counters,
// counting by pattern.
const std::size_t kSizes[] = {0,    1,    2,    7,    8,      9,      15,     16,     1023,   1024,
                              1025, 2047, 2049, 5000, 131071, 59'999, 60'000, 60'001, 300'007};

}  // namespace

TEST_CASE("random bits of every type and size are counted like the definition says") {
  for (const std::size_t size : kSizes) {
    CAPTURE(size);
    check_counts(random_bits<std::uint8_t>(size), ValueType::kBool);
    check_counts(random_bits<std::int8_t>(size), ValueType::kInt8);
    check_counts(random_bits<std::int16_t>(size), ValueType::kInt16);
    check_counts(random_bits<std::int32_t>(size), ValueType::kInt32);
    check_counts(random_bits<std::int64_t>(size), ValueType::kInt64);
    check_counts(random_bits<std::uint8_t>(size), ValueType::kUint8);
    check_counts(random_bits<std::uint16_t>(size), ValueType::kUint16);
    check_counts(random_bits<std::uint32_t>(size), ValueType::kUint32);
    check_counts(random_bits<std::uint64_t>(size), ValueType::kUint64);
    check_counts(random_bits<std::uint16_t>(size), ValueType::kFloat16);
    check_counts(random_bits<std::uint16_t>(size), ValueType::kBfloat16);
    check_counts(random_bits<float>(size), ValueType::kFloat32);
    check_counts(random_bits<double>(size), ValueType::kFloat64);
    check_counts(random_bits<std::uint8_t>(size), ValueType::kFloat8E4m3fn);
    check_counts(random_bits<std::uint8_t>(size), ValueType::kFloat8E5m2);
    check_counts(random_bits<std::uint8_t>(size), ValueType::kFloat8E4m3fnuz);
    check_counts(random_bits<std::uint8_t>(size), ValueType::kFloat8E5m2fnuz);
  }
}

TEST_CASE("millions of float32 patterns, finite ones only in part") {
  check_counts(random_bits<float>(4'000'000), ValueType::kFloat32);
  check_counts(random_bits<double>(2'000'000), ValueType::kFloat64);
}

TEST_CASE("all 16-bit patterns are counted, in one piece and in pieces") {
  std::vector<std::uint16_t> patterns(65536);
  std::iota(patterns.begin(), patterns.end(), std::uint16_t{0});
  const auto middle = patterns.begin() + 32768;
  const std::vector<std::uint16_t> lower(patterns.begin(), middle), upper(middle, patterns.end());
  for (const ValueType type :
       {ValueType::kFloat16, ValueType::kBfloat16, ValueType::kInt16, ValueType::kUint16}) {
    check_counts(lower, type);  // too few to be counted by pattern
    check_counts(upper, type);
    check_counts(patterns, type);  // enough
    Histogram pieces = count(lower, type);
    pieces.merge(count(upper, type));
    const Histogram whole = count(patterns, type);
    CHECK(pieces.buckets == whole.buckets);
    CHECK(pieces.stats.nan_count == whole.stats.nan_count);
    CHECK(pieces.stats.min == whole.stats.min);
    CHECK(pieces.stats.max == whole.stats.max);
  }
}

TEST_CASE("normal values, whose sums are no rounding lottery") {
  for (const std::size_t size : kSizes) {
    CAPTURE(size);
    check_counts(normal_values<float>(size), ValueType::kFloat32);
    check_counts(normal_values<double>(size), ValueType::kFloat64);
  }
}

TEST_CASE("values on and beside every default limit") {
  std::vector<double> doubles;
  std::vector<float> floats;
  for (const double limit : tbx::kDefaultBucketLimits) {
    double below = limit;
    double above = limit;
    float float_below = static_cast<float>(limit);
    float float_above = float_below;
    doubles.push_back(limit);
    floats.push_back(float_below);
    for (int i = 0; i < 3; ++i) {
      doubles.push_back(below = std::nextafter(below, -kInfinity));
      doubles.push_back(above = std::nextafter(above, kInfinity));
      floats.push_back(float_below = std::nextafterf(float_below, -INFINITY));
      floats.push_back(float_above = std::nextafterf(float_above, INFINITY));
    }
  }
  check_counts(doubles, ValueType::kFloat64);
  check_counts(floats, ValueType::kFloat32);
}

TEST_CASE("finite values beyond the outermost limits are in the outer buckets") {
  const Histogram histogram =
      count(std::vector<double>{-1e300, -1e20, 1e20, 3e38, 1e300, 9.92e19}, ValueType::kFloat64);
  CHECK(histogram.buckets.front() == 2);
  CHECK(histogram.buckets.back() == 4);
  CHECK(histogram.stats.num == 6);
  CHECK(histogram.stats.min == -1e300);
  CHECK(histogram.stats.max == 1e300);
  CHECK(histogram.below + histogram.above == 0);
}

TEST_CASE("both zeros are in the bucket that begins at zero, and neither extreme is -0.0") {
  for (const std::vector<double>& zeros :
       {std::vector<double>{-0.0}, {0.0, -0.0}, {-0.0, 0.0}, std::vector<double>(20, -0.0)}) {
    const Histogram histogram = count(zeros, ValueType::kFloat64);
    CHECK(histogram.buckets[tbx::kPositiveLimitCount] == zeros.size());
    CHECK_FALSE(std::signbit(histogram.stats.min));
    CHECK_FALSE(std::signbit(histogram.stats.max));
  }
  const Histogram halves = count(std::vector<std::uint16_t>(200'000, 0x8000), ValueType::kFloat16);
  CHECK(halves.buckets[tbx::kPositiveLimitCount] == 200'000);
  CHECK_FALSE(std::signbit(halves.stats.min));
  CHECK_FALSE(std::signbit(halves.stats.max));
}

#ifdef __SSE2__
TEST_CASE("no value is missed in a thread that takes denormals for zero") {
  constexpr unsigned kDenormalsAreZeros = 0x0040;  // Intel SDM 1, 10.2.3.4
  const unsigned usual = _mm_getcsr();
  for (const std::vector<float>& values : {std::vector<float>{-1e-40f},
                                           {1e-40f},
                                           {-1e-40f, 1e-40f},
                                           {-1e-40f, 5.0f},
                                           {-5.0f, 1e-40f},
                                           {-5.0f, -1e-40f},
                                           {1e-40f, 5.0f},
                                           {-1e-40f, -0.0f, 0.0f}}) {
    _mm_setcsr(usual | kDenormalsAreZeros);
    const Histogram histogram = count(values, ValueType::kFloat32);
    _mm_setcsr(usual);
    CHECK(histogram.buckets == count(values, ValueType::kFloat32).buckets);
    CHECK(std::accumulate(histogram.buckets.begin(), histogram.buckets.end(), std::uint64_t{0}) ==
          values.size());
  }
}
#endif

TEST_CASE("NaN and the infinities are counted and take part in nothing else") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  for (const std::size_t size : {5, 1000, 3000}) {
    std::vector<float> values = normal_values<float>(size);
    const std::vector<float> finite(values.begin() + 4, values.end());
    values[0] = nan;
    values[1] = infinity;
    values[2] = -infinity;
    values[3] = -nan;
    const Histogram histogram = count(values, ValueType::kFloat32);
    CHECK(histogram.stats.nan_count == 2);
    CHECK(histogram.stats.positive_infinity_count == 1);
    CHECK(histogram.stats.negative_infinity_count == 1);
    const Histogram without = count(finite, ValueType::kFloat32);
    CHECK(histogram.buckets == without.buckets);
    CHECK(histogram.stats.num == without.stats.num);
    CHECK(histogram.stats.min == without.stats.min);
    CHECK(histogram.stats.max == without.stats.max);
    tbx_test::check_close(histogram.stats.sum, without.stats.sum, static_cast<double>(size));
    tbx_test::check_close(histogram.stats.sum_squares, without.stats.sum_squares,
                          without.stats.sum_squares);
  }
}

TEST_CASE("without a finite value min and max are the empty interval") {
  for (const std::vector<double>& values :
       {std::vector<double>{}, {kNan}, {kInfinity, -kInfinity}}) {
    const Histogram histogram = count(values, ValueType::kFloat64);
    CHECK(histogram.stats.num == 0);
    CHECK(histogram.stats.min == kInfinity);
    CHECK(histogram.stats.max == -kInfinity);
    CHECK(histogram.stats.sum == 0);
  }
}

TEST_CASE("squares too large for float64 do not spoil anything else") {
  const Histogram histogram = count(std::vector<double>{1e200, -1e200, 3}, ValueType::kFloat64);
  CHECK(histogram.stats.num == 3);
  CHECK(histogram.stats.sum == 3);
  CHECK(histogram.stats.sum_squares == kInfinity);
  CHECK(histogram.stats.nan_count + histogram.stats.positive_infinity_count == 0);
}

TEST_CASE("counters never overflow: more equal values than 16 bits count") {
  for (const std::size_t size : {65'536, 262'144, 1'200'001}) {
    check_counts(std::vector<float>(size, -2.5f), ValueType::kFloat32);
    check_counts(std::vector<double>(size, 0.0), ValueType::kFloat64);
    check_counts(std::vector<std::uint16_t>(size, 0x3c00), ValueType::kFloat16);
    check_counts(std::vector<std::uint16_t>(size, 0x7fc0), ValueType::kBfloat16);  // NaN
    check_counts(std::vector<std::int8_t>(size, -3), ValueType::kInt8);
  }
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // minutes with those
TEST_CASE("counters never overflow: more equal values than 31 bits count") {
  constexpr std::int64_t kCount = (std::int64_t{1} << 31) + 5000;
  const std::int8_t value = -3;
  const std::array<std::int64_t, 1> shape{kCount}, strides{0};
  Histogram histogram;
  tbx::count_values({&value, ValueType::kInt8, shape, strides}, histogram);
  CHECK(*std::max_element(histogram.buckets.begin(), histogram.buckets.end()) == kCount);
  CHECK(histogram.stats.num == kCount);
  CHECK(histogram.stats.sum == -3.0 * kCount);
  CHECK(histogram.stats.min == -3);
}
#endif

TEST_CASE("sums of ten million values are as good as numpy's") {
  std::vector<float> values = normal_values<float>(10'000'000);
  for (float& value : values) value += 0.5f;
  long double sum = 0;
  long double sum_squares = 0;
  for (const float value : values) {
    sum += value;
    sum_squares += static_cast<long double>(value) * value;
  }
  const Histogram histogram = count(values, ValueType::kFloat32);
  CHECK(histogram.stats.sum == doctest::Approx(static_cast<double>(sum)).epsilon(1e-14));
  CHECK(histogram.stats.sum_squares ==
        doctest::Approx(static_cast<double>(sum_squares)).epsilon(1e-14));
}

TEST_CASE("the sum depends on the values and their order in memory only") {
  // Printed by this test on x86-64 with gcc 12; the same under an emulated AArch64.
  const auto bits = random_bits<std::uint32_t>(5000);
  std::vector<float> floats;
  std::vector<double> doubles;
  for (const std::uint32_t value : bits) {
    floats.push_back(static_cast<float>(static_cast<std::int32_t>(value)) * 0x1p-20f);
    doubles.push_back(static_cast<double>(static_cast<std::int32_t>(value)) / 3.0);
  }
  const auto of_floats = count(floats, ValueType::kFloat32).stats;
  const auto of_doubles = count(doubles, ValueType::kFloat64).stats;
  CHECK(of_floats.sum == -0x1.ec1ae0e34p+16);
  CHECK(of_floats.sum_squares == 0x1.a27049a0f913p+32);
  CHECK(of_doubles.sum == -0x1.4811eb8640002p+35);
  CHECK(of_doubles.sum_squares == 0x1.73f20896f9724p+69);
}

TEST_CASE("strided and unaligned tensors are counted like packed ones") {
  const auto check = [](auto zero, ValueType type) {
    using Stored = decltype(zero);
    const auto packed = random_bits<Stored>(3 * 700 * 5);
    // Every value behind one byte of something else, so that none is aligned.
    constexpr std::int64_t kPitch = sizeof(Stored) + 1;
    std::vector<std::byte> spread(packed.size() * kPitch);
    for (std::size_t i = 0; i < packed.size(); ++i) {
      std::memcpy(&spread[i * kPitch + 1], &packed[i], sizeof(Stored));
    }
    const std::int64_t shape[] = {5, 3, 700};
    const std::int64_t strides[] = {kPitch, -700 * 5 * kPitch, 5 * kPitch};
    Histogram histogram;
    tbx::count_values({&spread[1 + 2 * 700 * 5 * kPitch], type, shape, strides}, histogram);
    check_counts_of(histogram, as_doubles(packed, type));

    std::vector<std::byte> shifted(packed.size() * sizeof(Stored) + 1);
    std::memcpy(&shifted[1], packed.data(), packed.size() * sizeof(Stored));
    const std::int64_t size[] = {static_cast<std::int64_t>(packed.size())};
    const std::int64_t stride[] = {sizeof(Stored)};
    Histogram unaligned;
    tbx::count_values({&shifted[1], type, size, stride}, unaligned);
    check_counts_of(unaligned, as_doubles(packed, type));
  };
  check(std::int8_t{}, ValueType::kInt8);
  check(std::uint16_t{}, ValueType::kFloat16);
  check(float{}, ValueType::kFloat32);
  check(double{}, ValueType::kFloat64);
  check(std::int64_t{}, ValueType::kInt64);
}

TEST_CASE("a histogram keeps what it holds when more is counted or merged") {
  const auto values = normal_values<float>(5000);
  const std::vector<float> first(values.begin(), values.begin() + 1234);
  const std::vector<float> second(values.begin() + 1234, values.end());
  const Histogram whole = count(values, ValueType::kFloat32);

  Histogram counted = count(first, ValueType::kFloat32);
  tbx::count_values(tbx_test::PackedTensor<float>(second, ValueType::kFloat32), counted);
  Histogram merged = count(first, ValueType::kFloat32);
  merged.merge(count(second, ValueType::kFloat32));
  for (const Histogram* histogram : {&counted, &merged}) {
    tbx_test::check_same(*histogram, whole, 5000);
  }
}

TEST_CASE("threads count into histograms of their own at the same time, also the first ones ever") {
  const auto values = normal_values<double>(50'000);
  const auto halves = random_bits<std::uint16_t>(200'000);
  std::vector<Histogram> of_doubles(4);
  std::vector<Histogram> of_halves(4);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < of_doubles.size(); ++i) {
    threads.emplace_back([&, i] {
      of_doubles[i] = count(values, ValueType::kFloat64);
      of_halves[i] = count(halves, ValueType::kFloat16);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const Histogram& histogram : of_doubles) CHECK(histogram.buckets == of_doubles[0].buckets);
  for (const Histogram& histogram : of_halves) CHECK(histogram.buckets == of_halves[0].buckets);
  check_counts_of(of_doubles[0], values);
}
