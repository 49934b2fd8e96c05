#include "tbx/histogram/trimmed_buckets.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <numeric>

namespace tbx {
namespace {

// Adds up groups of `size` neighbouring buckets; the last group takes what is left.
void group_buckets(std::span<const double> limits, std::span<const std::uint64_t> counts,
                   std::size_t size, std::vector<double>& grouped_limits,
                   std::vector<std::uint64_t>& grouped_counts) {
  for (std::size_t begin = 0; begin < counts.size(); begin += size) {
    const auto group = counts.subspan(begin, std::min(size, counts.size() - begin));
    grouped_limits.push_back(limits[begin]);
    grouped_counts.push_back(std::accumulate(group.begin(), group.end(), std::uint64_t{0}));
  }
  grouped_limits.push_back(limits.back());
}

bool holds_values(std::span<const std::uint64_t> counts) {
  std::uint64_t any = 0;
  for (const std::uint64_t count : counts) any |= count;
  return any != 0;
}

// How many empty buckets there are in front. Most of the limits are far from most values, so that
// they are looked at many at a time.
std::size_t empty_prefix(std::span<const std::uint64_t> counts) {
  constexpr std::size_t kAtOnce = 32;
  std::size_t i = 0;
  while (i + kAtOnce <= counts.size() && !holds_values(counts.subspan(i, kAtOnce))) i += kAtOnce;
  while (i < counts.size() && counts[i] == 0) ++i;
  return i;
}

// The number of buckets up to the last that is not empty.
std::size_t used_size(std::span<const std::uint64_t> counts) {
  constexpr std::size_t kAtOnce = 32;
  std::size_t i = counts.size();
  while (i >= kAtOnce && !holds_values(counts.subspan(i - kAtOnce, kAtOnce))) i -= kAtOnce;
  while (i > 0 && counts[i - 1] == 0) --i;
  return i;
}

// A conversion that vector units do also where they have none of 64-bit integers (SSE2): as the low
// bits of 2^52, where a double's last bit is worth 1. No tensor has as many values.
double as_double(std::uint64_t count) {
  constexpr double kTwoTo52 = 4503599627370496.0;
  return std::bit_cast<double>(std::bit_cast<std::uint64_t>(kTwoTo52) | count) - kTwoTo52;
}

}  // namespace

Error trim_buckets(std::span<const double> limits, std::span<const std::uint64_t> counts,
                   std::optional<std::size_t> max_buckets, TrimmedBuckets& trimmed) {
  assert(limits.size() == counts.size() + 1);
  if (max_buckets == 0) return Error::invalid_argument("max_bins must be at least 1");
  std::vector<std::uint64_t> grouped_counts;
  if (max_buckets && counts.size() > *max_buckets) {
    trimmed.grouped_limits.clear();
    group_buckets(limits, counts, counts.size() / *max_buckets, trimmed.grouped_limits,
                  grouped_counts);
    limits = trimmed.grouped_limits;
    counts = grouped_counts;
  }

  const std::size_t first = empty_prefix(counts);
  if (first == counts.size()) {
    // tensorboardX's slices happen to leave something of a single bucket.
    if (counts.size() == 1) {
      trimmed.limits = limits.last(1);
      trimmed.counts = {0};
      return {};
    }
    // tensorboardX's message, which its users know.
    return Error::invalid_argument("The histogram is empty, please file a bug report.");
  }
  const std::size_t end = used_size(counts);

  trimmed.limits = limits.subspan(first, end + 1 - first);
  trimmed.counts.resize(trimmed.limits.size());
  trimmed.counts[0] = 0;
  const auto used = counts.subspan(first, end - first);
  std::transform(used.begin(), used.end(), trimmed.counts.begin() + 1, as_double);
  return {};
}

}  // namespace tbx
