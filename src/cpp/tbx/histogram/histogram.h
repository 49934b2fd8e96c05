// Counts the values of tensors into histogram buckets, in one pass.
//
// Bucket i holds the values from limit i up to, but not including, limit i + 1; the last bucket
// holds its upper limit too (numpy.histogram's rule). A value's bucket is the one that comparing
// it, widened to float64, with the float64 limits gives.
//
// With the default limits, finite values beyond the outermost limits (about +-1e20) are counted in
// the outer buckets, so that the buckets always add up to the number of finite values; min and max
// keep the true extent, and TensorBoard draws the outer buckets up to min and max. numpy,
// tensorboardX and torch drop such values. With limits that the caller gave, values outside are
// counted in `below` and `above`, not in a bucket, as numpy does.
//
// NaN and the infinities are in no bucket and no sum, only in ValueStats' counts of them.
#pragma once

#include <cstdint>
#include <vector>

#include "tbx/histogram/bucket_limits.h"
#include "tbx/histogram/explicit_limits.h"
#include "tbx/histogram/tensor_view.h"
#include "tbx/histogram/value_stats.h"

namespace tbx {

struct Histogram {
  explicit Histogram(std::size_t bucket_count = kDefaultBucketCount) : buckets(bucket_count) {}

  // Adds what was counted elsewhere with the same limits.
  void merge(const Histogram& other);

  // Back to nothing counted, keeping the memory.
  void clear();

  std::vector<std::uint64_t> buckets;
  std::uint64_t below = 0;  // finite values outside the caller's limits
  std::uint64_t above = 0;
  ValueStats stats;
};

// Adds a tensor's values to a histogram with the default limits. Any number of threads may count
// into different histograms. Throws ErrorException if the view is no valid tensor.
void count_values(const TensorView& tensor, Histogram& histogram);

// The same with limits of the caller's; the histogram has one bucket less than there are limits.
void count_values(const TensorView& tensor, const ExplicitLimits& limits, Histogram& histogram);

}  // namespace tbx
