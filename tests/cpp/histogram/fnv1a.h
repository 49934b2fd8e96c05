// A short name for long contents (64-bit FNV-1a), so that a test can hold what another program
// printed.
#pragma once

#include <cstdint>
#include <ranges>

#include "tbx/base/endian.h"

namespace tbx_test {

// Of the values' little-endian bytes. In Python:
//   h = 0xcbf29ce484222325
//   for byte in data: h = (h ^ byte) * 0x100000001b3 % 2**64
template <std::ranges::input_range Values>
std::uint64_t fnv1a(const Values& values, std::uint64_t hash = 0xcbf29ce484222325) {
  for (const auto& value : values) {
    unsigned char bytes[sizeof value];
    if constexpr (sizeof value == 8) {
      tbx::store_le(bytes, std::bit_cast<std::uint64_t>(value));
    } else {
      tbx::store_le(bytes, std::bit_cast<std::uint32_t>(value));
    }
    for (const unsigned char byte : bytes) hash = (hash ^ byte) * 0x100000001b3;
  }
  return hash;
}

}  // namespace tbx_test
