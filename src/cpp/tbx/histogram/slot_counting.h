// The loop over a tensor's values: for each its slot, and what ValueStats say of all.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <type_traits>

#include "tbx/histogram/block_reader.h"
#include "tbx/histogram/block_sums.h"
#include "tbx/histogram/count_block_avx2.h"
#include "tbx/histogram/count_block_avx512.h"
#include "tbx/histogram/counting_method.h"
#include "tbx/histogram/running_stats.h"
#include "tbx/histogram/slot_counter.h"
#include "tbx/histogram/slot_table.h"
#include "tbx/histogram/widen.h"

namespace tbx {

// One pass over a block of Floats: its sums, and 1 more for the slot of every value.
template <typename Float, std::size_t kLanes>
BlockSums count_block(Block block, SlotCounter<kLanes>& counter) {
  const SlotTable<Float>& table = SlotTable<Float>::instance();
  return sum_block<Float>(block, [&](std::size_t lane, const std::byte* value) {
    counter.add(lane, table.slot(load_packed<typename SlotTable<Float>::Pattern>(value)));
  });
}

// The same, in the way that is fastest on this processor.
template <typename Float, std::size_t kLanes>
BlockSums count_block_fast(Block block, SlotCounter<kLanes>& counter) {
#if defined(__x86_64__)
  if constexpr (std::is_same_v<Float, float>) {
    const CountingMethod method = counting_method();
    if (method == CountingMethod::kAvx512) return count_block_avx512(block, counter);
    if (method == CountingMethod::kAvx2) return count_block_avx2(block, counter);
  }
#endif
  return count_block<Float>(block, counter);
}

// `buckets` get what the counter cannot hold; a counter of few values holds them all.
template <typename Float, std::size_t kLanes>
ValueStats count_slots(ValueType type, BlockReader& blocks, SlotCounter<kLanes>& counter,
                       std::span<std::uint64_t> buckets) {
  RunningStats stats;
  std::array<Float, kBlockValues> widened;
  for (Block block = blocks.next(); block.count != 0; block = blocks.next()) {
    block = widen(type, block, widened.data());
    stats.add_block(count_block_fast<Float>(block, counter), block, widened.data());
    counter.end_block(buckets);
  }
  return stats.stats();
}

}  // namespace tbx
