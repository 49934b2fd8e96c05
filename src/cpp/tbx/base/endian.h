// Byte order, in one place: record headers and protobuf fixed-width fields are little-endian on
// every host.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace tbx {

static_assert(std::endian::native == std::endian::little ||
              std::endian::native == std::endian::big);

template <typename T>
constexpr T byte_swap(T value) {
  static_assert(std::is_unsigned_v<T>);
  if constexpr (sizeof(T) == 8) {
    return __builtin_bswap64(value);
  } else {
    static_assert(sizeof(T) == 4);
    return __builtin_bswap32(value);
  }
}

// Writes `value` at `out`, which may be unaligned.
template <typename T>
void store_le(void* out, T value) {
  if constexpr (std::endian::native == std::endian::big) value = byte_swap(value);
  std::memcpy(out, &value, sizeof value);
}

// Writes `count` values from `values` on at `out`, which may be unaligned.
template <typename T>
void store_le(void* out, const T* values, std::size_t count) {
  if constexpr (std::endian::native == std::endian::little) {
    if (count != 0) std::memcpy(out, values, count * sizeof(T));
  } else {
    using Bits = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;
    for (std::size_t i = 0; i < count; ++i) {
      store_le(static_cast<char*>(out) + i * sizeof(T), std::bit_cast<Bits>(values[i]));
    }
  }
}

// Reads a T at `in`, which may be unaligned.
template <typename T>
T load_le(const void* in) {
  T value;
  std::memcpy(&value, in, sizeof value);
  if constexpr (std::endian::native == std::endian::big) value = byte_swap(value);
  return value;
}

}  // namespace tbx
