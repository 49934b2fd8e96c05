// Bytes for tests: random ones that are the same in every run, and those of a text or a hex dump.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <random>
#include <span>
#include <string_view>
#include <vector>

namespace tbx_test {

using Bytes = std::vector<std::byte>;

inline Bytes random_bytes(std::size_t size, unsigned seed = 1) {
  std::mt19937 random(seed);
  Bytes bytes(size);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random() >> 24);
  return bytes;
}

inline Bytes bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

// Two digits a byte; spaces between bytes do not count.
inline Bytes bytes_of_hex(std::string_view digits) {
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < digits.size();) {
    if (digits[i] == ' ') {
      ++i;
      continue;
    }
    unsigned value = 0;
    std::from_chars(&digits[i], &digits[i] + 2, value, 16);
    bytes.push_back(static_cast<std::byte>(value));
    i += 2;
  }
  return bytes;
}

}  // namespace tbx_test
