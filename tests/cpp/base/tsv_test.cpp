#include "tbx/base/tsv.h"

#include <doctest/doctest.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

namespace tbx {
namespace {

TEST_CASE("a matrix has a line per row") {
  const std::vector<float> values{1.0F, -0.5F, 0.1F, 1e30F, 0.0F, -0.0F};
  CHECK(to_tsv(values, 3) == "1\t-0.5\t0.1\n1e+30\t0\t-0\n");
  CHECK(to_tsv(values, 1) == "1\n-0.5\n0.1\n1e+30\n0\n-0\n");
  CHECK(to_tsv({}, 1).empty());
}

TEST_CASE("what is not finite has a name") {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(to_tsv(std::vector<float>{nan, std::copysign(nan, -1.0F), kInfinity, -kInfinity}, 4) ==
        "nan\tnan\tinf\t-inf\n");
}

TEST_CASE("many rows are in their order, whoever writes them") {
  for (const std::size_t columns : {1u, 7u, 40'000u}) {
    std::vector<float> values(columns * (50'001 / columns + 1));
    std::string expected;
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = static_cast<float>(i);
      char text[16];
      expected.append(text, std::to_chars(text, std::end(text), values[i]).ptr);
      expected += (i + 1) % columns == 0 ? '\n' : '\t';
    }
    CHECK(to_tsv(values, columns) == expected);
  }
}

TEST_CASE("every float is read back") {
  using Limits = std::numeric_limits<float>;
  std::vector<float> values{Limits::max(), Limits::lowest(), Limits::min(), Limits::denorm_min(),
                            -1.17549435e-38F};
  std::mt19937 random(7);
  while (values.size() < 100'000) {
    const float value = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    if (std::isfinite(value)) values.push_back(value);
  }
  const std::string text = to_tsv(values, 1);
  const char* position = text.data();
  for (const float value : values) {
    float read = 0;
    const auto result = std::from_chars(position, text.data() + text.size(), read);
    REQUIRE(std::bit_cast<std::uint32_t>(read) == std::bit_cast<std::uint32_t>(value));
    REQUIRE(*result.ptr == '\n');
    position = result.ptr + 1;
  }
  CHECK(position == text.data() + text.size());
}

}  // namespace
}  // namespace tbx
