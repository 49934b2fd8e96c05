// The innermost loop of counting float32 for processors that load from many addresses at once
// quickly.
#pragma once

#include <cstddef>

#include "tbx/histogram/block.h"
#include "tbx/histogram/block_sums.h"
#include "tbx/histogram/slot_counter.h"

namespace tbx {

#if defined(__x86_64__)

// As count_block<float>() in slot_counting.h, to the last bit of the sums. For processors that
// can_count_by() this.
template <std::size_t kLanes>
BlockSums count_block_avx512(Block block, SlotCounter<kLanes>& counter);

#endif

}  // namespace tbx
