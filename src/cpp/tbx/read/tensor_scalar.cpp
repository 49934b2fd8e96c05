#include "tbx/read/tensor_scalar.h"

#include <bit>
#include <cmath>
#include <cstdint>

#include "tbx/event/event_fields.h"
#include "tbx/event/wire_reader.h"

namespace tbx {
namespace {

using fields::DataType;
using fields::TensorProto;
using wire::Field;
using wire::Reader;
using wire::WireType;

// IEEE 754 binary16: 1 bit of sign, 5 of exponent with a bias of 15, 10 of fraction.
double half_value(std::uint16_t bits) {
  const int exponent = bits >> 10 & 0x1f;
  const int fraction = bits & 0x3ff;
  double value = 0;
  if (exponent == 0x1f) {
    value = fraction == 0 ? HUGE_VAL : std::nan("");
  } else if (exponent == 0) {
    value = std::ldexp(fraction, -24);
  } else {
    value = std::ldexp(fraction + 1024, exponent - 25);
  }
  return (bits & 0x8000) != 0 ? -value : value;
}

double bfloat16_value(std::uint16_t bits) {
  return std::bit_cast<float>(std::uint32_t{bits} << 16);
}

// The number whose bits, little-endian, are `content`, or which the varint `bits` holds.
std::optional<TensorScalar> of_bits(std::uint64_t dtype, std::uint64_t bits, std::size_t bytes) {
  const auto is = [&](std::uint64_t wanted, std::size_t size) {
    return dtype == wanted && (bytes == size || bytes == 0);
  };
  if (is(DataType::kFloat, 4)) {
    return TensorScalar{std::bit_cast<float>(static_cast<std::uint32_t>(bits)), false};
  }
  if (is(DataType::kDouble, 8)) return TensorScalar{std::bit_cast<double>(bits), true};
  if (is(DataType::kHalf, 2))
    return TensorScalar{half_value(static_cast<std::uint16_t>(bits)), false};
  if (is(DataType::kBfloat16, 2)) {
    return TensorScalar{bfloat16_value(static_cast<std::uint16_t>(bits)), false};
  }
  if (is(DataType::kInt32, 4)) {
    return TensorScalar{static_cast<double>(static_cast<std::int32_t>(bits)), true};
  }
  if (is(DataType::kInt64, 8)) {
    return TensorScalar{static_cast<double>(static_cast<std::int64_t>(bits)), true};
  }
  return std::nullopt;
}

std::uint64_t load_bits(std::span<const std::byte> content) {
  std::uint64_t bits = 0;
  for (std::size_t index = content.size(); index-- > 0;) {
    bits = bits << 8 | static_cast<std::uint64_t>(content[index]);
  }
  return bits;
}

// Whether the shape is that of one element: no dimensions, or all of size 1.
bool is_one_element(std::span<const std::byte> shape) {
  Reader parts(shape);
  for (Field dim; parts.next(dim);) {
    if (!dim.is(fields::TensorShapeProto::kDim, WireType::kBytes)) continue;
    std::uint64_t size = 0;
    Reader of_dim(dim.content);
    for (Field part; of_dim.next(part);) {
      if (part.is(fields::Dim::kSize, WireType::kVarint)) size = part.varint;
    }
    if (size != 1) return false;
  }
  return parts.problem().empty();
}

// The one varint of a packed field; none if there are none or more.
std::optional<std::uint64_t> only_varint(std::span<const std::byte> packed) {
  std::uint64_t value = 0;
  for (std::size_t index = 0; index < packed.size() && index < 10; ++index) {
    const auto byte = static_cast<std::uint64_t>(packed[index]);
    value |= (byte & 0x7f) << 7 * index;
    if (byte < 0x80) return index + 1 == packed.size() ? std::optional(value) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

std::optional<TensorScalar> decode_tensor_scalar(std::span<const std::byte> tensor) {
  std::uint64_t dtype = 0;
  std::optional<std::uint64_t> bits;
  std::size_t bytes = 0;
  Reader parts(tensor);
  for (Field field; parts.next(field);) {
    switch (field.number) {
      case TensorProto::kDtype:
        dtype = field.varint;
        break;
      case TensorProto::kTensorShape:
        if (!is_one_element(field.content)) return std::nullopt;
        break;
      case TensorProto::kTensorContent:
      case TensorProto::kFloatVal:
      case TensorProto::kDoubleVal:
        if (field.content.empty()) break;
        if (field.content.size() > 8) return std::nullopt;
        bits = load_bits(field.content);
        bytes = field.content.size();
        break;
      case TensorProto::kIntVal:
      case TensorProto::kInt64Val:
      case TensorProto::kHalfVal:
        if (field.type != WireType::kVarint && field.content.empty()) break;
        bits = field.type == WireType::kVarint ? field.varint : only_varint(field.content);
        if (!bits) return std::nullopt;
        bytes = 0;
        break;
      default:
        break;
    }
  }
  if (!parts.problem().empty()) return std::nullopt;
  if (!bits) return of_bits(dtype, 0, 0);  // protobuf leaves zeros out
  return of_bits(dtype, *bits, bytes);
}

}  // namespace tbx
