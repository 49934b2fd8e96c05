// Bytes are copied as they are, and every float becomes the pixel that arithmetic in its own
// precision makes of it.
#include "tbx/pixels/copy_pixels.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace {

// One at a time, with a case for each kind of number.
template <typename Product, typename Float>
std::uint8_t expected(Float value) {
  if (std::isnan(value) || value <= 0) return 0;
  if (value >= 1) return 255;
  return static_cast<std::uint8_t>(static_cast<Product>(value) * 255);
}

template <typename Float, typename Bits>
std::vector<Float> floats_of_all_kinds() {
  using Limits = std::numeric_limits<Float>;
  std::vector<Float> floats = {0,
                               -Float{0},
                               1,
                               2,
                               -1,
                               Limits::infinity(),
                               -Limits::infinity(),
                               Limits::quiet_NaN(),
                               -Limits::quiet_NaN(),
                               Limits::denorm_min()};
  for (int pixel = 0; pixel <= 255; ++pixel) {
    const Float edge = static_cast<Float>(pixel) / 255;
    for (const Float beside :
         {std::nextafter(edge, Float{-1}), edge, std::nextafter(edge, Float{2})})
      floats.push_back(beside);
  }
  std::mt19937_64 random(1);
  for (int i = 0; i < 100'000; ++i) {
    floats.push_back(std::bit_cast<Float>(static_cast<Bits>(random())));
    floats.push_back(static_cast<Float>(random()) * static_cast<Float>(0x1p-64));
  }
  return floats;
}

}  // namespace

TEST_CASE("float32") {
  const std::vector<float> floats = floats_of_all_kinds<float, std::uint32_t>();
  std::vector<std::uint8_t> pixels(floats.size());
  tbx::copy_pixels(floats.data(), floats.size(), pixels.data());
  for (std::size_t i = 0; i < floats.size(); ++i) {
    CAPTURE(floats[i]);
    REQUIRE(pixels[i] == expected<float>(floats[i]));
  }
}

TEST_CASE("float64, in its own precision and in float32") {
  const std::vector<double> floats = floats_of_all_kinds<double, std::uint64_t>();
  std::vector<std::uint8_t> pixels(floats.size()), rounded(floats.size());
  tbx::copy_pixels(floats.data(), floats.size(), false, pixels.data());
  tbx::copy_pixels(floats.data(), floats.size(), true, rounded.data());
  for (std::size_t i = 0; i < floats.size(); ++i) {
    CAPTURE(floats[i]);
    REQUIRE(pixels[i] == expected<double>(floats[i]));
    REQUIRE(rounded[i] == expected<float>(floats[i]));
  }
  CHECK(pixels != rounded);
}

TEST_CASE("bytes are as they are") {
  std::vector<std::uint8_t> values(1000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::uint8_t>(i * 7);
  std::vector<std::uint8_t> pixels(values.size());
  tbx::copy_pixels(values.data(), values.size(), pixels.data());
  CHECK(pixels == values);
}

TEST_CASE("no more than was asked for") {
  const std::vector<float> floats(40, 1.0f);
  for (std::size_t count = 0; count < floats.size(); ++count) {
    std::vector<std::uint8_t> pixels(floats.size(), 7);
    tbx::copy_pixels(floats.data(), count, pixels.data());  // aligned
    CHECK(std::count(pixels.begin(), pixels.end(), 255) == static_cast<std::ptrdiff_t>(count));
    CHECK(std::count(pixels.begin(), pixels.end(), 7) ==
          static_cast<std::ptrdiff_t>(floats.size() - count));
  }
}

TEST_CASE("at any address") {
  std::vector<float> floats(70);
  for (std::size_t i = 0; i < floats.size(); ++i) floats[i] = static_cast<float>(i) / 69;
  for (std::size_t offset = 0; offset < 20; ++offset) {
    std::vector<std::uint8_t> pixels(floats.size() + offset);
    tbx::copy_pixels(floats.data(), floats.size(), pixels.data() + offset);
    for (std::size_t i = 0; i < floats.size(); ++i) {
      REQUIRE(pixels[i + offset] == expected<float>(floats[i]));
    }
  }
}
