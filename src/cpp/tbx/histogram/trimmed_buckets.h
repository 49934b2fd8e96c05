// The buckets as a summary stores them: only the part that holds values, optionally in fewer and
// wider buckets.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "tbx/base/error.h"

namespace tbx {

// HistogramProto's bucket_limit and bucket: equally long, and each limit is the upper end of its
// bucket. The first bucket is empty, so that its limit tells where the second one begins.
struct TrimmedBuckets {
  std::span<const double> limits;  // of those that trim_buckets() was given, or of grouped_limits
  std::vector<double> counts;
  std::vector<double> grouped_limits;
};

// Does to `counts` (one less than `limits`) what tensorboardX's make_histogram does to numpy's: if
// there are more than `max_buckets`, adds up groups of neighbours (which can leave more than
// `max_buckets`, since the group's size is rounded down), then keeps the first to the last bucket
// with values and an empty one on the left. `trimmed` is overwritten and keeps its memory. Fails if
// no bucket of several holds anything or `max_buckets` is 0.
[[nodiscard]] Error trim_buckets(std::span<const double> limits,
                                 std::span<const std::uint64_t> counts,
                                 std::optional<std::size_t> max_buckets, TrimmedBuckets& trimmed);

}  // namespace tbx
