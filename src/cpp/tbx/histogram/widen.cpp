#include "tbx/histogram/widen.h"

#include <array>
#include <bit>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace tbx {
namespace {

// All ones where `condition` holds, else all zeros.
std::uint32_t mask_of(bool condition) { return 0u - static_cast<std::uint32_t>(condition); }

// IEEE 754 binary16: 1 sign, 5 exponent, 10 mantissa bits. Masks instead of branches, so that the
// loop over it becomes vector code; no denormal arithmetic, which a thread may have switched off.
float from_float16(std::uint16_t half) {
  const std::uint32_t magnitude = half & 0x7fffu;
  const std::uint32_t is_denormal = mask_of(magnitude < 0x0400u);
  const std::uint32_t is_not_finite = mask_of(magnitude >= 0x7c00u);
  const std::uint32_t rebiased = (magnitude << 13) + ((127u - 15u) << 23);
  const float scaled = static_cast<float>(static_cast<std::int32_t>(magnitude)) * 0x1p-24f;
  const std::uint32_t bits = (rebiased & ~is_denormal) |
                             (std::bit_cast<std::uint32_t>(scaled) & is_denormal) |
                             (0x7f800000u & is_not_finite);
  return std::bit_cast<float>(bits | (half & 0x8000u) << 16);
}

float from_bfloat16(std::uint16_t upper_half) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(upper_half) << 16);
}

// Two to the power of `exponent`, which must be a normal float's.
constexpr float power_of_two(int exponent) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(exponent + 127) << 23);
}

// What the all-ones exponents and the pattern 0x80 mean in a float8 format.
enum class Float8Specials {
  kIeee,         // infinities and NaNs as in IEEE 754
  kOneNan,       // no infinities, only a mantissa of all ones is NaN ("fn")
  kUnsignedZero  // no infinities, 0x80 is NaN instead of -0.0 ("fnuz")
};

// One of the 8-bit formats of machine learning: 1 sign bit, then the exponent, then the mantissa.
// "OCP 8-bit Floating Point Specification" 1.0 has E4M3 and E5M2, "8-bit Numerical Formats for Deep
// Neural Networks" (arXiv 2206.02915) the unsigned-zero ones.
template <int kMantissaBits, int kBias, Float8Specials kSpecials>
constexpr float decode_float8(std::uint8_t pattern) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr int kImplicitBit = 1 << kMantissaBits;
  const int magnitude = pattern & 0x7f;
  const int exponent = magnitude >> kMantissaBits;
  const int mantissa = magnitude & (kImplicitBit - 1);
  const float sign = pattern >= 0x80 ? -1.0f : 1.0f;
  if (kSpecials == Float8Specials::kUnsignedZero && pattern == 0x80) return kNan;
  if (kSpecials == Float8Specials::kOneNan && magnitude == 0x7f) return kNan;
  if (kSpecials == Float8Specials::kIeee && exponent == 0x7f >> kMantissaBits) {
    return mantissa == 0 ? sign * std::numeric_limits<float>::infinity() : kNan;
  }
  const int significand = exponent == 0 ? mantissa : mantissa + kImplicitBit;
  const int scale = (exponent == 0 ? 1 : exponent) - kBias - kMantissaBits;
  return sign * static_cast<float>(significand) * power_of_two(scale);
}

template <int kMantissaBits, int kBias, Float8Specials kSpecials>
float from_float8(std::uint8_t pattern) {
  static constexpr std::array<float, 256> kValues = [] {
    std::array<float, 256> values{};
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = decode_float8<kMantissaBits, kBias, kSpecials>(static_cast<std::uint8_t>(i));
    }
    return values;
  }();
  return kValues[pattern];
}

template <typename Stored, typename Float, typename Convert>
Block convert_all(Block block, Float* room, Convert&& convert) {
  for (std::size_t i = 0; i < block.count; ++i) {
    room[i] = static_cast<Float>(convert(load_packed<Stored>(block.values + i * sizeof(Stored))));
  }
  return {reinterpret_cast<const std::byte*>(room), block.count};
}

template <typename Stored, typename Float>
Block cast_all(Block block, Float* room) {
  if constexpr (std::is_same_v<Stored, Float>) {
    return block;
  } else {
    return convert_all<Stored>(block, room, [](Stored value) { return value; });
  }
}

}  // namespace

template <typename Float>
Block widen(ValueType type, Block block, Float* room) {
  switch (type) {
    case ValueType::kBool:
      return convert_all<std::uint8_t>(block, room, [](std::uint8_t b) { return b != 0; });
    case ValueType::kInt8:
      return cast_all<std::int8_t>(block, room);
    case ValueType::kInt16:
      return cast_all<std::int16_t>(block, room);
    case ValueType::kInt32:
      return cast_all<std::int32_t>(block, room);
    case ValueType::kInt64:
      return cast_all<std::int64_t>(block, room);
    case ValueType::kUint8:
      return cast_all<std::uint8_t>(block, room);
    case ValueType::kUint16:
      return cast_all<std::uint16_t>(block, room);
    case ValueType::kUint32:
      return cast_all<std::uint32_t>(block, room);
    case ValueType::kUint64:
      return cast_all<std::uint64_t>(block, room);
    case ValueType::kFloat16:
      return convert_all<std::uint16_t>(block, room, from_float16);
    case ValueType::kBfloat16:
      return convert_all<std::uint16_t>(block, room, from_bfloat16);
    case ValueType::kFloat32:
      return cast_all<float>(block, room);
    case ValueType::kFloat64:
      return cast_all<double>(block, room);
    case ValueType::kFloat8E4m3fn:
      return convert_all<std::uint8_t>(block, room, from_float8<3, 7, Float8Specials::kOneNan>);
    case ValueType::kFloat8E5m2:
      return convert_all<std::uint8_t>(block, room, from_float8<2, 15, Float8Specials::kIeee>);
    case ValueType::kFloat8E4m3fnuz:
      return convert_all<std::uint8_t>(block, room,
                                       from_float8<3, 8, Float8Specials::kUnsignedZero>);
    case ValueType::kFloat8E5m2fnuz:
      return convert_all<std::uint8_t>(block, room,
                                       from_float8<2, 16, Float8Specials::kUnsignedZero>);
  }
  return block;
}

template Block widen(ValueType, Block, float*);
template Block widen(ValueType, Block, double*);

}  // namespace tbx
