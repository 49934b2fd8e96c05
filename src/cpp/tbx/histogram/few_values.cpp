#include "tbx/histogram/few_values.h"

#include <cassert>

#include "tbx/histogram/slot_counting.h"

namespace tbx {
namespace {

template <typename Float>
ValueStats count_few_as(ValueType type, BlockReader& blocks, TrimmedBuckets& trimmed) {
  SlotCounter<1> counter;
  const ValueStats stats = count_slots<Float>(type, blocks, counter, {});
  if (stats.num == 0) {
    trimmed.limits = {};
    trimmed.counts.clear();
    return stats;
  }

  const BucketRange range = SlotTable<Float>::instance().buckets_between(
      static_cast<Float>(stats.min), static_cast<Float>(stats.max));
  std::vector<double>& counts = trimmed.counts;
  counts.resize(range.end - range.begin + 1);
  counts[0] = 0;  // the empty one in front
  set_buckets(counter.slots(), std::span(counts).subspan(1), range);
  trimmed.limits = std::span(kDefaultBucketLimits).subspan(range.begin, counts.size());
  // Beside zero the range has a bucket on each side, whether it holds anything or not.
  if (counts.back() == 0) {
    counts.pop_back();
    trimmed.limits = trimmed.limits.first(counts.size());
  }
  if (counts[1] == 0) {
    counts.erase(counts.begin());
    trimmed.limits = trimmed.limits.last(counts.size());
  }
  return stats;
}

}  // namespace

ValueStats count_few_values(const TensorView& tensor, TrimmedBuckets& trimmed) {
  BlockReader blocks(tensor);
  assert(blocks.value_count() <= kFewValues);
  return fits_float32(tensor.type) ? count_few_as<float>(tensor.type, blocks, trimmed)
                                   : count_few_as<double>(tensor.type, blocks, trimmed);
}

}  // namespace tbx
