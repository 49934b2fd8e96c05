// Gathers ValueStats block by block: sets aside what is not finite, and adds up without piling up
// rounding errors.
#pragma once

#include <cmath>
#include <cstdint>

#include "tbx/histogram/block.h"
#include "tbx/histogram/block_sums.h"
#include "tbx/histogram/value_stats.h"

namespace tbx {

// A sum and what rounding has cost it so far (Neumaier's variant of Kahan's summation).
class CompensatedSum {
 public:
  void add(double value) {
    const double sum = sum_ + value;
    lost_ += std::abs(sum_) >= std::abs(value) ? (sum_ - sum) + value : (value - sum) + sum_;
    sum_ = sum;
  }
  // Once the sum is infinite or NaN, so is what was lost, differently.
  double total() const { return std::isfinite(sum_) ? sum_ + lost_ : sum_; }

 private:
  double sum_ = 0;
  double lost_ = 0;
};

class RunningStats {
 public:
  // `sums` are those of the block, which holds packed Floats. Returns its finite values: the block
  // itself, or a copy of them in `room`, which has space for the block and may be where it lies.
  template <typename Float>
  Block add_block(const BlockSums& sums, Block block, Float* room) {
    if (!std::isfinite(sums.sum_squares)) return add_block_with_gaps(block, room);
    add_finite(sums, block.count);
    return block;
  }

  // `sums` are those of `count` values, all of them finite.
  void add_finite(const BlockSums& sums, std::uint64_t count);

  // Counts `repeats` times a value that is NaN or infinite.
  void add_not_finite(double value, std::uint64_t repeats);

  ValueStats stats() const;

 private:
  template <typename Float>
  Block add_block_with_gaps(Block block, Float* room);

  ValueStats counts_and_extremes_;
  CompensatedSum sum_;
  CompensatedSum sum_squares_;
};

}  // namespace tbx
