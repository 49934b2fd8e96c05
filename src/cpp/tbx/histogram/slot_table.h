// Finds the default bucket of a float from its bit pattern, exactly, with one load and one
// addition.
//
// Take a pattern's sign, exponent and first four mantissa bits: its cell. Neighbouring bucket
// limits differ by 10 %, a cell spans at most 6.25 %, so a cell holds at most one limit, and a
// value's bucket is either its cell's first or the next. The table holds for each cell an offset
// such that
//
//     slot = (pattern + offset[pattern >> kShift]) >> kShift
//
// carries into the next slot exactly where the limit lies. Comparing patterns as integers is
// comparing magnitudes, so slots run away from zero on both sides: -0.0 has one of its own, and
// negative slots count downwards. The limits are float64; for float32 the carry happens at the
// first float32 that lies beyond the limit, which is the same as comparing the widened value.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "tbx/histogram/bucket_limits.h"

namespace tbx {

// Slots of patterns without the sign bit: the buckets upwards from [0, 1e-12), then everything not
// finite. What lies beyond the last limit falls into the last bucket.
inline constexpr std::size_t kPositiveSlot = 0;
inline constexpr std::size_t kPositiveNotFiniteSlot = kPositiveLimitCount;
// Slots of patterns with it: -0.0, the buckets downwards from [-1e-12, 0), then everything not
// finite.
inline constexpr std::size_t kNegativeZeroSlot = kPositiveNotFiniteSlot + 1;
inline constexpr std::size_t kNegativeSlot = kNegativeZeroSlot + 1;
inline constexpr std::size_t kNegativeNotFiniteSlot = kNegativeSlot + kPositiveLimitCount;
inline constexpr std::size_t kSlotCount = kNegativeNotFiniteSlot + 1;

// Adds what was counted in each of the kSlotCount slots to the default buckets; -0.0 joins its
// bucket, and what is not finite is in none.
template <typename Count>
void add_slots(std::span<const Count> slots, std::span<std::uint64_t> buckets) {
  std::uint64_t* const upwards = &buckets[kPositiveLimitCount];
  for (std::size_t i = 0; i < kPositiveLimitCount; ++i) upwards[i] += slots[kPositiveSlot + i];
  upwards[0] += slots[kNegativeZeroSlot];
  for (std::size_t i = 0; i < kPositiveLimitCount; ++i) {
    buckets[i] += slots[kNegativeSlot + kPositiveLimitCount - 1 - i];
  }
}

template <typename Float>
class SlotTable {
 public:
  using Pattern = std::conditional_t<sizeof(Float) == 4, std::uint32_t, std::uint64_t>;

  // A constant of the program, 32 KiB for float32 and 512 KiB for float64, of which a tensor's
  // values touch 64 or 128 bytes for each sign and power of two they have. Building it at the first
  // use instead would cost that call 0.2 ms, and need a lock that a forked child could find taken.
  static const SlotTable& instance();

  std::size_t slot(Pattern pattern) const {
    return static_cast<std::size_t>((pattern + offsets_[pattern >> kShift]) >> kShift);
  }

 private:
  static constexpr int kFractionBits = sizeof(Float) == 4 ? 23 : 52;
  static constexpr int kShift = kFractionBits - 4;
  static constexpr std::size_t kCells = std::size_t{1} << (8 * sizeof(Float) - kShift);
  static constexpr Pattern kSignBit = Pattern{1} << (8 * sizeof(Float) - 1);

  constexpr SlotTable();
  constexpr void fill_side(Pattern first_pattern, Pattern slot,
                           std::span<const Pattern> slot_begins);

  std::array<Pattern, kCells> offsets_;
};

}  // namespace tbx
