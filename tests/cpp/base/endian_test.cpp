#include "tbx/base/endian.h"

#include <doctest/doctest.h>

#include <array>

TEST_CASE("little-endian stores and loads are byte-exact at any alignment") {
  std::array<unsigned char, 16> bytes{};
  for (std::size_t offset = 0; offset < 8; ++offset) {
    tbx::store_le<std::uint32_t>(&bytes[offset], 0x04030201u);
    CHECK(bytes[offset] == 1);
    CHECK(bytes[offset + 3] == 4);
    CHECK(tbx::load_le<std::uint32_t>(&bytes[offset]) == 0x04030201u);
    tbx::store_le<std::uint64_t>(&bytes[offset], 0x0807060504030201u);
    CHECK(bytes[offset + 7] == 8);
    CHECK(tbx::load_le<std::uint64_t>(&bytes[offset]) == 0x0807060504030201u);
  }
}
