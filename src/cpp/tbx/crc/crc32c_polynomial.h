// Arithmetic on CRC-32C remainders at compile time: the back ends' tables come from here.
//
// A remainder is a polynomial over GF(2) of degree < 32, stored bit-reflected: the top bit is the
// coefficient of x^0. Running the CRC over n zero bytes multiplies the state by x^(8n) modulo the
// polynomial P.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace tbx {

// Castagnoli's polynomial 0x11edc6f41 (RFC 3720, 12.1) without its x^32, bit-reflected.
inline constexpr std::uint32_t kCrc32cPolynomial = 0x82f63b78;

// a * x mod P.
constexpr std::uint32_t crc32c_times_x(std::uint32_t a) {
  return (a >> 1) ^ ((a & 1) != 0 ? kCrc32cPolynomial : 0);
}

// a * b mod P.
constexpr std::uint32_t crc32c_multiply(std::uint32_t a, std::uint32_t b) {
  std::uint32_t product = 0;
  for (; a != 0; a <<= 1) {
    if ((a & 0x80000000u) != 0) product ^= b;
    b = crc32c_times_x(b);
  }
  return product;
}

// x^exponent mod P.
constexpr std::uint32_t crc32c_power_of_x(std::size_t exponent) {
  std::uint32_t power = 0x80000000u;   // x^0
  std::uint32_t square = 0x40000000u;  // x^1
  for (; exponent != 0; exponent >>= 1) {
    if ((exponent & 1) != 0) power = crc32c_multiply(power, square);
    square = crc32c_multiply(square, square);
  }
  return power;
}

// row[v]: the state after `zero_bytes` zero bytes, having been v (its low byte) before.
using Crc32cRow = std::array<std::uint32_t, 256>;
constexpr Crc32cRow crc32c_row(std::size_t zero_bytes) {
  const std::uint32_t factor = crc32c_power_of_x(8 * zero_bytes);
  Crc32cRow row{};
  for (std::uint32_t v = 0; v < row.size(); ++v) row[v] = crc32c_multiply(v, factor);
  return row;
}

}  // namespace tbx
