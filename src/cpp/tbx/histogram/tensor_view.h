// A tensor as the histogram sees it: where its values lie and what their bytes mean.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace tbx {

enum class ValueType : std::uint8_t {
  kBool,  // one byte; anything but 0 is true
  kInt8,
  kInt16,
  kInt32,
  kInt64,
  kUint8,
  kUint16,
  kUint32,
  kUint64,
  kFloat16,
  kBfloat16,
  kFloat32,
  kFloat64,
  kFloat8E4m3fn,
  kFloat8E5m2,
  kFloat8E4m3fnuz,
  kFloat8E5m2fnuz,
};

constexpr std::size_t bytes_of(ValueType type) {
  switch (type) {
    case ValueType::kInt16:
    case ValueType::kUint16:
    case ValueType::kFloat16:
    case ValueType::kBfloat16:
      return 2;
    case ValueType::kInt32:
    case ValueType::kUint32:
    case ValueType::kFloat32:
      return 4;
    case ValueType::kInt64:
    case ValueType::kUint64:
    case ValueType::kFloat64:
      return 8;
    default:
      return 1;
  }
}

// `shape` and `strides` are as long as the tensor has dimensions (none: one value, at most 64).
// Strides are in bytes and may be negative, zero or not a multiple of the value's size; the data
// need not be aligned. Values are in the host's byte order.
struct TensorView {
  const void* data;
  ValueType type;
  std::span<const std::int64_t> shape;
  std::span<const std::int64_t> strides;
};

}  // namespace tbx
