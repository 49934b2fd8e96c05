#include "tbx/histogram/bucket_limits.h"

namespace tbx {
namespace {

// Multiplies repeatedly: the rounding errors that pile up are part of the limits' values, and pow()
// would not reproduce them.
constexpr std::array<double, kDefaultLimitCount> make_default_limits() {
  std::array<double, kDefaultLimitCount> limits{};
  double limit = 1e-12;
  for (std::size_t i = 1; i <= kPositiveLimitCount; ++i) {
    limits[kPositiveLimitCount + i] = limit;
    limits[kPositiveLimitCount - i] = -limit;
    limit *= 1.1;
  }
  return limits;
}

}  // namespace

constinit const std::array<double, kDefaultLimitCount> kDefaultBucketLimits = make_default_limits();

static_assert(make_default_limits().back() < 1e20 && make_default_limits().back() * 1.1 >= 1e20,
              "kPositiveLimitCount counts the multiplications that stay below 1e20");

}  // namespace tbx
