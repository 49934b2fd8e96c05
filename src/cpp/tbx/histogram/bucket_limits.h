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

extern const std::array<double, kDefaultLimitCount> kDefaultBucketLimits;

}  // namespace tbx
