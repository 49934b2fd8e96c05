#include "tbx/histogram/histogram.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <memory>

#include "tbx/histogram/block_reader.h"
#include "tbx/histogram/block_sums.h"
#include "tbx/histogram/pattern_counter.h"
#include "tbx/histogram/running_stats.h"
#include "tbx/histogram/slot_counting.h"
#include "tbx/histogram/widen.h"

namespace tbx {
namespace {

// From here on the time to go through all 65,536 patterns is less than what counting patterns
// saves; measured with both types on a Zen 4 core.
constexpr std::uint64_t kPatternsPayFrom = 60'000;

// Integers of 16 bits are left out: theirs are spread over so many patterns that the counters leave
// the cache.
bool is_float16(ValueType type) {
  return type == ValueType::kFloat16 || type == ValueType::kBfloat16;
}

template <typename Float>
void count_as(ValueType type, BlockReader& blocks, Histogram& histogram) {
  SlotCounter<4> counter;
  histogram.stats.merge(count_slots<Float>(type, blocks, counter, histogram.buckets));
  counter.fold_into(histogram.buckets);
}

template <typename Pattern>
void count_patterns(ValueType type, BlockReader& blocks, Histogram& histogram) {
  const auto counter = std::make_unique<PatternCounter<Pattern>>();
  RunningStats stats;
  std::size_t counted_blocks = 0;
  for (Block block = blocks.next(); block.count != 0; block = blocks.next()) {
    counter->add_block(block);
    if (++counted_blocks % PatternCounter<Pattern>::kMaxBlocks != 0) continue;
    counter->fold_into(type, histogram.buckets, stats);
    counter->clear();
  }
  counter->fold_into(type, histogram.buckets, stats);
  histogram.stats.merge(stats.stats());
}

// Counts the slots of explicit limits: in one row of counters, or in four that take turns while
// those fit the first-level cache (see SlotCounter). There is one counter more: a value that
// another thread makes infinite, after it was found finite, gets the slot behind the last.
class ExplicitSlotCounter {
 public:
  explicit ExplicitSlotCounter(std::size_t slot_count)
      : slot_count_(slot_count),
        lane_stride_(slot_count <= kMaxSlotsForLanes ? slot_count : 0),
        counters_(slot_count + 3 * lane_stride_ + 1) {}

  void add(const std::int32_t* slots, std::size_t count) {
    std::uint64_t* const lane0 = counters_.data();
    std::uint64_t* const lane1 = lane0 + lane_stride_;
    std::uint64_t* const lane2 = lane1 + lane_stride_;
    std::uint64_t* const lane3 = lane2 + lane_stride_;
    std::size_t i = 0;
    for (; i + 4 <= count; i += 4) {
      ++lane0[slots[i]];
      ++lane1[slots[i + 1]];
      ++lane2[slots[i + 2]];
      ++lane3[slots[i + 3]];
    }
    for (; i < count; ++i) ++lane0[slots[i]];
  }

  std::uint64_t count(std::size_t slot) const {
    std::uint64_t count = 0;
    for (std::size_t i = slot; i + 1 < counters_.size(); i += slot_count_) count += counters_[i];
    return count;
  }

 private:
  static constexpr std::size_t kMaxSlotsForLanes = 512;

  std::size_t slot_count_;
  std::size_t lane_stride_;
  std::vector<std::uint64_t> counters_;
};

}  // namespace

void Histogram::merge(const Histogram& other) {
  assert(buckets.size() == other.buckets.size());
  for (std::size_t i = 0; i < buckets.size(); ++i) buckets[i] += other.buckets[i];
  below += other.below;
  above += other.above;
  stats.merge(other.stats);
}

void Histogram::clear() {
  std::fill(buckets.begin(), buckets.end(), std::uint64_t{0});
  below = 0;
  above = 0;
  stats = {};
}

void count_values(const TensorView& tensor, Histogram& histogram) {
  assert(histogram.buckets.size() == kDefaultBucketCount);
  BlockReader blocks(tensor);
  if (bytes_of(tensor.type) == 1) {
    count_patterns<std::uint8_t>(tensor.type, blocks, histogram);
  } else if (is_float16(tensor.type) && blocks.value_count() >= kPatternsPayFrom) {
    count_patterns<std::uint16_t>(tensor.type, blocks, histogram);
  } else if (fits_float32(tensor.type)) {
    count_as<float>(tensor.type, blocks, histogram);
  } else {
    count_as<double>(tensor.type, blocks, histogram);
  }
}

void count_values(const TensorView& tensor, const ExplicitLimits& limits, Histogram& histogram) {
  assert(histogram.buckets.size() == limits.bucket_count());
  BlockReader blocks(tensor);
  ExplicitSlotCounter counter(limits.slot_count());
  RunningStats stats;
  std::array<double, kBlockValues> widened;
  std::array<std::int32_t, kBlockValues> slots;
  for (Block block = blocks.next(); block.count != 0; block = blocks.next()) {
    block = widen(tensor.type, block, widened.data());
    const BlockSums sums = sum_block<double>(block, [](std::size_t, const std::byte*) {});
    block = stats.add_block(sums, block, widened.data());
    limits.find_slots(block, slots.data());
    counter.add(slots.data(), block.count);
  }
  const std::size_t bucket_count = limits.bucket_count();
  histogram.below += counter.count(0);
  for (std::size_t i = 0; i < bucket_count; ++i) histogram.buckets[i] += counter.count(i + 1);
  histogram.above += counter.count(bucket_count + 1);
  histogram.stats.merge(stats.stats());
}

}  // namespace tbx
