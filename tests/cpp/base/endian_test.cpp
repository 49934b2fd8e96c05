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

TEST_CASE("many values are stored as each of them is") {
  const std::array<double, 3> values{1.5, -0.0, 1e300};
  std::array<unsigned char, 25> at_once{}, one_by_one{};
  tbx::store_le(&at_once[1], values.data(), values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    tbx::store_le(&one_by_one[1 + 8 * i], std::bit_cast<std::uint64_t>(values[i]));
  }
  CHECK(at_once == one_by_one);
  tbx::store_le<double>(&at_once[0], nullptr, 0);
  CHECK(at_once == one_by_one);
}
