#include "tbx/histogram/trimmed_buckets.h"

#include <algorithm>
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

}  // namespace

Error trim_buckets(std::span<const double> limits, std::span<const std::uint64_t> counts,
                   std::optional<std::size_t> max_buckets, TrimmedBuckets& trimmed) {
  assert(limits.size() == counts.size() + 1);
  if (max_buckets == 0) return Error::invalid_argument("max_bins must be at least 1");
  std::vector<double> grouped_limits;
  std::vector<std::uint64_t> grouped_counts;
  if (max_buckets && counts.size() > *max_buckets) {
    group_buckets(limits, counts, counts.size() / *max_buckets, grouped_limits, grouped_counts);
    limits = grouped_limits;
    counts = grouped_counts;
  }

  const auto holds_values = [](std::uint64_t count) { return count != 0; };
  const auto first = std::find_if(counts.begin(), counts.end(), holds_values);
  if (first == counts.end()) {
    // tensorboardX's slices happen to leave something of a single bucket.
    if (counts.size() == 1) {
      trimmed.limits = {limits.back()};
      trimmed.counts = {0};
      return {};
    }
    // tensorboardX's message, which its users know.
    return Error::invalid_argument("The histogram is empty, please file a bug report.");
  }
  const auto end = std::find_if(counts.rbegin(), counts.rend(), holds_values).base();
  const auto limits_of = [&](auto count) { return limits.begin() + (count - counts.begin()); };

  trimmed.limits.assign(limits_of(first), limits_of(end) + 1);
  trimmed.counts.resize(trimmed.limits.size());
  trimmed.counts[0] = 0;
  std::transform(first, end, trimmed.counts.begin() + 1,
                 [](std::uint64_t count) { return static_cast<double>(count); });
  return {};
}

}  // namespace tbx
