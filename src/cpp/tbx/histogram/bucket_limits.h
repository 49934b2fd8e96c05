// The default bucket limits: tensorboardX's and torch's `default_bins`, bit for bit.
#pragma once

#include <array>
#include <cstddef>

namespace tbx {

// How many limits lie on either side of zero: 1e-12, then each 1.1 times the one before, while
// below 1e20 (both libraries build their `default_bins` so, after TensorFlow's histogram.cc).
inline constexpr std::size_t kPositiveLimitCount = 774;

// The negative limits, zero, the positive ones. Bucket i lies between limits i and i + 1.
inline constexpr std::size_t kDefaultLimitCount = 2 * kPositiveLimitCount + 1;
inline constexpr std::size_t kDefaultBucketCount = kDefaultLimitCount - 1;

// Multiplies repeatedly: the rounding errors that pile up are part of the limits' values, and pow()
// would not reproduce them.
constexpr std::array<double, kDefaultLimitCount> make_default_bucket_limits() {
  std::array<double, kDefaultLimitCount> limits{};
  double limit = 1e-12;
  for (std::size_t i = 1; i <= kPositiveLimitCount; ++i) {
    limits[kPositiveLimitCount + i] = limit;
    limits[kPositiveLimitCount - i] = -limit;
    limit *= 1.1;
  }
  return limits;
}

inline constexpr std::array<double, kDefaultLimitCount> kDefaultBucketLimits =
    make_default_bucket_limits();

static_assert(kDefaultBucketLimits.back() < 1e20 && kDefaultBucketLimits.back() * 1.1 >= 1e20,
              "kPositiveLimitCount counts the multiplications that stay below 1e20");

}  // namespace tbx
