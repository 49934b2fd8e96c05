#include "tbx/pixels/pixels_of_floats.h"

#if defined(__x86_64__)
#include <emmintrin.h>
#endif

namespace tbx {
namespace {

// What floats are multiplied in.
enum class Product { kFloat, kDouble };

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

// Of four floats, as integers. All that is below 1, and NaN, is taken care of by what follows:
// conversion makes the least integer of what has none, and packing 0 of all that is negative.
template <Product>
__m128i four_products(const float* floats) noexcept {
  // NaN comes out of a comparison as the second one.
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

// A multiple of 16, which is returned. By hand, because compilers take five times as long: they
// must not clip by the processor's minimum, whose NaN is not theirs.
template <Product product, typename Float>
std::size_t convert_most(const Float* floats, std::size_t count, std::uint8_t* pixels) noexcept {
  std::size_t i = 0;
  for (; count - i >= 16; i += 16) {
    const __m128i first =
        _mm_packs_epi32(four_products<product>(floats + i), four_products<product>(floats + i + 4));
    const __m128i second = _mm_packs_epi32(four_products<product>(floats + i + 8),
                                           four_products<product>(floats + i + 12));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(pixels + i), _mm_packus_epi16(first, second));
  }
  return i;
}

#else

template <Product, typename Float>
std::size_t convert_most(const Float*, std::size_t, std::uint8_t*) noexcept {
  return 0;
}

#endif

template <Product product, typename Float>
void convert(const Float* floats, std::size_t count, std::uint8_t* pixels) noexcept {
  for (std::size_t i = convert_most<product>(floats, count, pixels); i < count; ++i) {
    pixels[i] = pixel_of<product>(floats[i]);
  }
}

}  // namespace

void pixels_of_floats(const float* floats, std::size_t count, std::uint8_t* pixels) noexcept {
  convert<Product::kFloat>(floats, count, pixels);
}

void pixels_of_floats(const double* floats, std::size_t count, bool through_float32,
                      std::uint8_t* pixels) noexcept {
  if (through_float32) {
    convert<Product::kFloat>(floats, count, pixels);
  } else {
    convert<Product::kDouble>(floats, count, pixels);
  }
}

}  // namespace tbx
