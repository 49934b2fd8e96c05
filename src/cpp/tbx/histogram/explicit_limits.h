// Bucket limits that the caller gave, prepared so that a value's bucket is found quickly and
// exactly.
//
// If the limits are nearly equally spaced (numpy.linspace, bins=30, bins='auto'), a multiplication
// guesses the bucket or the one below it, and one comparison settles which. "Nearly" is no matter
// of luck: the constructor tries the guess on the first and the last float64 of every bucket, and
// since it never falls as the value rises, it then holds for all in between. Any other limits are
// searched by bisection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tbx/histogram/block.h"

namespace tbx {

class ExplicitLimits {
 public:
  // At least two limits, none less than the one before (numpy allows equal ones), none NaN; throws
  // ErrorException else.
  explicit ExplicitLimits(std::span<const double> limits);

  std::size_t bucket_count() const { return bucket_count_; }
  bool evenly_spaced() const { return evenly_spaced_; }

  // Slot 0 is below the first limit, slots 1 to bucket_count() are the buckets, the next is above
  // the last limit.
  std::size_t slot_count() const { return bucket_count_ + 2; }

  // Writes the slots of a block of float64 values, all of them finite.
  void find_slots(Block block, std::int32_t* slots) const;

 private:
  template <typename Number>
  Number slot_position(Number value) const;
  void find_slots_by_guess(Block block, std::int32_t* slots) const;
  void find_slots_by_search(Block block, std::int32_t* slots) const;
  bool guess_is_slot_or_below() const;

  std::size_t bucket_count_;
  double first_limit_;
  double buckets_per_unit_;
  // The least value of each slot, -inf for slot 0, and +inf behind the last. The last limit belongs
  // to the last bucket, so the slot above begins at the next float64.
  std::vector<double> begins_;
  bool evenly_spaced_;
};

}  // namespace tbx
