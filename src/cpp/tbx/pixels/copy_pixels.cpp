#include "tbx/pixels/copy_pixels.h"

#if defined(__x86_64__)
#include <emmintrin.h>
#endif

namespace tbx {
namespace {

// In what a float is multiplied.
enum class Product { kFloat, kDouble };

template <Product>
std::uint8_t pixel_of(std::uint8_t value) noexcept {
  return value;
}

template <Product product, typename Float>
std::uint8_t pixel_of(Float value) noexcept {
  // In this order NaN, of which no comparison holds, becomes 0.
  const Float positive = value > 0 ? value : 0;
  const Float unit = positive < 1 ? positive : 1;
  if constexpr (product == Product::kFloat) {
    return static_cast<std::uint8_t>(static_cast<float>(unit) * 255);
  } else {
    return static_cast<std::uint8_t>(static_cast<double>(unit) * 255);
  }
}

#if defined(__x86_64__)

// Four floats multiplied, as integers. By hand, because compilers take five times as long: they
// must not clip by the processor's minimum, whose NaN is not theirs. What is below 0, and NaN, is
// left to what follows: conversion makes the least integer of what has none, and packing makes 0 of
// all that is negative.
template <Product>
__m128i four_products(const float* floats) noexcept {
  // NaN comes out of a minimum as the second one.
  const __m128 unit = _mm_min_ps(_mm_set1_ps(1), _mm_loadu_ps(floats));
  return _mm_cvttps_epi32(_mm_mul_ps(unit, _mm_set1_ps(255)));
}

template <Product product>
__m128i four_products(const double* floats) noexcept {
  const __m128d low = _mm_min_pd(_mm_set1_pd(1), _mm_loadu_pd(floats));
  const __m128d high = _mm_min_pd(_mm_set1_pd(1), _mm_loadu_pd(floats + 2));
  if constexpr (product == Product::kFloat) {
    const __m128 unit = _mm_movelh_ps(_mm_cvtpd_ps(low), _mm_cvtpd_ps(high));
    return _mm_cvttps_epi32(_mm_mul_ps(unit, _mm_set1_ps(255)));
  } else {
    const __m128d all = _mm_set1_pd(255);
    return _mm_unpacklo_epi64(_mm_cvttpd_epi32(_mm_mul_pd(low, all)),
                              _mm_cvttpd_epi32(_mm_mul_pd(high, all)));
  }
}

template <Product>
__m128i sixteen_pixels(const std::uint8_t* values) noexcept {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(values));
}

template <Product product, typename Float>
__m128i sixteen_pixels(const Float* values) noexcept {
  const __m128i first =
      _mm_packs_epi32(four_products<product>(values), four_products<product>(values + 4));
  const __m128i second =
      _mm_packs_epi32(four_products<product>(values + 8), four_products<product>(values + 12));
  return _mm_packus_epi16(first, second);
}

// Returns how many.
template <Product product, typename Value>
std::size_t copy_most(const Value* values, std::size_t count, std::uint8_t* pixels) noexcept {
  constexpr std::size_t kAtOnce = sizeof(__m128i);
  std::size_t i = 0;
  // numpy's arrays are aligned as malloc() has it.
  if (reinterpret_cast<std::uintptr_t>(pixels) % kAtOnce != 0) return i;
  for (; count - i >= kAtOnce; i += kAtOnce) {
    // Past the caches: another thread reads the pixels, and was the last to have that memory. To
    // fetch first what is overwritten took a fifth of the time.
    _mm_stream_si128(reinterpret_cast<__m128i*>(pixels + i), sixteen_pixels<product>(values + i));
  }
  _mm_sfence();  // before whatever tells that thread of them
  return i;
}

#else

template <Product, typename Value>
std::size_t copy_most(const Value*, std::size_t, std::uint8_t*) noexcept {
  return 0;
}

#endif

template <Product product, typename Value>
void copy(const Value* values, std::size_t count, std::uint8_t* pixels) noexcept {
  for (std::size_t i = copy_most<product>(values, count, pixels); i < count; ++i) {
    pixels[i] = pixel_of<product>(values[i]);
  }
}

}  // namespace

void copy_pixels(const std::uint8_t* values, std::size_t count, std::uint8_t* pixels) noexcept {
  copy<Product::kFloat>(values, count, pixels);
}

void copy_pixels(const float* values, std::size_t count, std::uint8_t* pixels) noexcept {
  copy<Product::kFloat>(values, count, pixels);
}

void copy_pixels(const double* values, std::size_t count, bool through_float32,
                 std::uint8_t* pixels) noexcept {
  if (through_float32) {
    copy<Product::kFloat>(values, count, pixels);
  } else {
    copy<Product::kDouble>(values, count, pixels);
  }
}

}  // namespace tbx
