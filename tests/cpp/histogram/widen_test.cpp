#include "tbx/histogram/widen.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <vector>

#include "histogram/fnv1a.h"

using tbx::Block;
using tbx::ValueType;

namespace {

template <typename Float, typename Stored>
std::vector<Float> widened(const std::vector<Stored>& values, ValueType type) {
  std::vector<Float> room(values.size());
  const Block block =
      tbx::widen(type, Block{std::as_bytes(std::span(values)).data(), values.size()}, room.data());
  REQUIRE(block.count == values.size());
  std::vector<Float> result(values.size());
  std::memcpy(result.data(), block.values, values.size() * sizeof(Float));
  return result;
}

template <typename Stored>
std::vector<Stored> all_patterns() {
  std::vector<Stored> patterns(std::size_t{1} << (8 * sizeof(Stored)));
  std::iota(patterns.begin(), patterns.end(), Stored{0});
  return patterns;
}

// The bits of the floats, all NaNs made one.
std::vector<std::uint32_t> comparable(const std::vector<float>& values) {
  std::vector<std::uint32_t> bits;
  for (const float value : values) {
    bits.push_back(std::isnan(value) ? 0x7fc00000u : std::bit_cast<std::uint32_t>(value));
  }
  return bits;
}

// IEEE 754's words: significand times two to the exponent.
float float16_by_definition(unsigned pattern) {
  const int exponent = (pattern >> 10) & 31;
  const int mantissa = pattern & 1023;
  const double sign = (pattern & 0x8000) != 0 ? -1 : 1;
  if (exponent == 31) {
    return mantissa == 0 ? static_cast<float>(sign * std::numeric_limits<double>::infinity())
                         : std::numeric_limits<float>::quiet_NaN();
  }
  const double magnitude =
      exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25);
  return static_cast<float>(sign * magnitude);
}

}  // namespace

TEST_CASE("every float16 pattern widens to its value") {
  const auto values = widened<float>(all_patterns<std::uint16_t>(), ValueType::kFloat16);
  std::vector<float> expected;
  for (unsigned pattern = 0; pattern < 65536; ++pattern) {
    expected.push_back(float16_by_definition(pattern));
  }
  CHECK(comparable(values) == comparable(expected));
  // Also what numpy says: hex(fnv1a_64(f.tobytes())) of f = arange(65536,
  // dtype='u2').view('f2').astype('f4') with all NaNs replaced by 0x7fc00000.
  CHECK(tbx_test::fnv1a(comparable(values)) == 0x1f87f165810ea7c5);
}

TEST_CASE("every bfloat16 pattern is the upper half of a float32") {
  const auto patterns = all_patterns<std::uint16_t>();
  const auto values = widened<float>(patterns, ValueType::kBfloat16);
  int wrong = 0;
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    wrong += std::bit_cast<std::uint32_t>(values[i]) != std::uint32_t{patterns[i]} << 16;
  }
  CHECK(wrong == 0);
}

TEST_CASE("every float8 pattern widens to what torch makes of it") {
  // f = torch.arange(256, dtype=torch.uint8).view(dtype).float().numpy(), NaNs replaced by
  // 0x7fc00000: print(dtype, hex(fnv1a_64(f.tobytes())))
  const struct {
    ValueType type;
    std::uint64_t hash;
    float max;
  } formats[] = {{ValueType::kFloat8E4m3fn, 0xdad1d9c50f749ca5, 448},
                 {ValueType::kFloat8E5m2, 0x6c1e56b6fb09c905, 57344},
                 {ValueType::kFloat8E4m3fnuz, 0xf51851cb11c63018, 240},
                 {ValueType::kFloat8E5m2fnuz, 0x94ae6fc493d49818, 57344}};
  for (const auto& format : formats) {
    const auto values = widened<float>(all_patterns<std::uint8_t>(), format.type);
    CHECK(tbx_test::fnv1a(comparable(values)) == format.hash);
    float max = 0;
    for (const float value : values) max = std::isfinite(value) ? std::max(max, value) : max;
    CHECK(max == format.max);
  }
}

TEST_CASE("integers widen to the nearest float") {
  CHECK(widened<float>(std::vector<std::int8_t>{-128, -1, 127}, ValueType::kInt8) ==
        std::vector<float>{-128, -1, 127});
  CHECK(widened<float>(std::vector<std::uint8_t>{0, 255}, ValueType::kUint8) ==
        std::vector<float>{0, 255});
  CHECK(widened<float>(std::vector<std::int16_t>{-32768, 32767}, ValueType::kInt16) ==
        std::vector<float>{-32768, 32767});
  CHECK(widened<float>(std::vector<std::uint16_t>{65535}, ValueType::kUint16) ==
        std::vector<float>{65535});
  CHECK(widened<double>(std::vector<std::int32_t>{INT32_MIN, INT32_MAX}, ValueType::kInt32) ==
        std::vector<double>{-2147483648.0, 2147483647.0});
  CHECK(widened<double>(std::vector<std::uint32_t>{UINT32_MAX}, ValueType::kUint32) ==
        std::vector<double>{4294967295.0});
  // Halfway cases go to the even neighbour, as in numpy.int64(2**53 + 1).astype('f8').
  CHECK(widened<double>(std::vector<std::int64_t>{INT64_MIN, INT64_MAX, (1LL << 53) + 1,
                                                  (1LL << 53) + 3, -(1LL << 53) - 1},
                        ValueType::kInt64) ==
        std::vector<double>{-0x1p63, 0x1p63, 0x1p53, 0x1p53 + 4, -0x1p53});
  CHECK(widened<double>(
            std::vector<std::uint64_t>{UINT64_MAX, UINT64_MAX - 1024, (1ULL << 63) + 1024},
            ValueType::kUint64) == std::vector<double>{0x1p64, 0x1p64 - 2048, 0x1p63});
}

TEST_CASE("any byte but zero is true") {
  CHECK(widened<float>(std::vector<std::uint8_t>{0, 1, 2, 255}, ValueType::kBool) ==
        std::vector<float>{0, 1, 1, 1});
}

TEST_CASE("float32 widens to float64 and stays in place as float32") {
  const std::vector<float> values{1.5f, -0.0f, 1e-45f};
  CHECK(widened<double>(values, ValueType::kFloat32) ==
        std::vector<double>{1.5, -0.0, static_cast<double>(1e-45f)});
  const Block block{std::as_bytes(std::span(values)).data(), values.size()};
  CHECK(tbx::widen<float>(ValueType::kFloat32, block, nullptr).values == block.values);
}

TEST_CASE("float32 is enough for every type that says so") {
  for (int i = 0; i <= static_cast<int>(ValueType::kFloat8E5m2fnuz); ++i) {
    const auto type = static_cast<ValueType>(i);
    const bool wide = type == ValueType::kInt32 || type == ValueType::kInt64 ||
                      type == ValueType::kUint32 || type == ValueType::kUint64 ||
                      type == ValueType::kFloat64;
    CHECK(tbx::fits_float32(type) == !wide);
  }
}
