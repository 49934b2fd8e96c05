// Copies of images for another thread: bytes as they are, floats in [0, 1] as the bytes they
// become.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tbx {

void copy_pixels(const std::uint8_t* values, std::size_t count, std::uint8_t* pixels) noexcept;

// Each of the `count` pixels is 255 times its float, cut off after the point. Floats outside [0, 1]
// are clipped, and NaN is 0.
void copy_pixels(const float* values, std::size_t count, std::uint8_t* pixels) noexcept;

// In double precision; `through_float32` rounds to that first, which makes other pixels of a few.
void copy_pixels(const double* values, std::size_t count, bool through_float32,
                 std::uint8_t* pixels) noexcept;

}  // namespace tbx
