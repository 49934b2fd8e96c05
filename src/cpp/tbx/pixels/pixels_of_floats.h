// Floats in [0, 1] as the bytes of an image.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tbx {

// Sets each of the `count` pixels to 255 times its float, cut off after the point. Floats outside
// [0, 1] are clipped, and NaN is 0.
void pixels_of_floats(const float* floats, std::size_t count, std::uint8_t* pixels) noexcept;

// In double precision; `through_float32` rounds to that first, which makes other pixels of a few.
void pixels_of_floats(const double* floats, std::size_t count, bool through_float32,
                      std::uint8_t* pixels) noexcept;

}  // namespace tbx
