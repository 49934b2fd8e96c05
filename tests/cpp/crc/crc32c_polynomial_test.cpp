#include "tbx/crc/crc32c_polynomial.h"

#include <doctest/doctest.h>

#include "crc/bitwise_crc32c.h"
#include "support/test_bytes.h"

using tbx_test::BitwiseCrc32c;
using tbx_test::Bytes;

namespace {

// The plain remainder: the CRC without its inversions before and behind.
std::uint32_t remainder_after_zeros(std::uint32_t state, std::size_t zero_bytes) {
  for (std::size_t i = 0; i < 8 * zero_bytes; ++i) {
    state = (state >> 1) ^ ((state & 1) != 0 ? 0x82f63b78u : 0);
  }
  return state;
}

}  // namespace

TEST_CASE("powers of x multiply by adding exponents") {
  static_assert(tbx::crc32c_power_of_x(0) == 0x80000000u);
  static_assert(tbx::crc32c_power_of_x(31) == 1);
  static_assert(tbx::crc32c_power_of_x(32) == tbx::kCrc32cPolynomial);
  for (std::size_t a = 0; a < 200; a += 7) {
    for (std::size_t b = 0; b < 200; b += 11) {
      CHECK(tbx::crc32c_multiply(tbx::crc32c_power_of_x(a), tbx::crc32c_power_of_x(b)) ==
            tbx::crc32c_power_of_x(a + b));
    }
  }
}

TEST_CASE("a row is what running over zero bytes does to each low byte") {
  for (const std::size_t zero_bytes : {0, 1, 2, 8, 125, 128, 1024}) {
    const tbx::Crc32cRow row = tbx::crc32c_row(zero_bytes);
    for (std::uint32_t v = 0; v < row.size(); ++v) {
      REQUIRE(row[v] == remainder_after_zeros(v, zero_bytes));
    }
  }
}
