// The loop over a tensor's values: for each its slot, and what ValueStats say of all.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "tbx/histogram/block_reader.h"
#include "tbx/histogram/block_sums.h"
#include "tbx/histogram/running_stats.h"
#include "tbx/histogram/slot_counter.h"
#include "tbx/histogram/slot_table.h"
#include "tbx/histogram/widen.h"

namespace tbx {

// `buckets` get what the counter cannot hold; a counter of few values holds them all.
template <typename Float, std::size_t kLanes>
ValueStats count_slots(ValueType type, BlockReader& blocks, SlotCounter<kLanes>& counter,
                       std::span<std::uint64_t> buckets) {
  using Pattern = typename SlotTable<Float>::Pattern;
  const SlotTable<Float>& table = SlotTable<Float>::instance();
  RunningStats stats;
  std::array<Float, kBlockValues> widened;
  for (Block block = blocks.next(); block.count != 0; block = blocks.next()) {
    block = widen(type, block, widened.data());
    const BlockSums sums = sum_block<Float>(block, [&](std::size_t lane, const std::byte* value) {
      counter.add(lane, table.slot(load_packed<Pattern>(value)));
    });
    stats.add_block(sums, block, widened.data());
    counter.end_block(buckets);
  }
  return stats.stats();
}

}  // namespace tbx
