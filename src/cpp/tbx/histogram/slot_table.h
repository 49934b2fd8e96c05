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

#include <algorithm>
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

// Default buckets from `begin` up to, but not including, `end`.
struct BucketRange {
  std::size_t begin = 0;
  std::size_t end = 2 * kPositiveLimitCount;
};

// Puts what was counted in each of the kSlotCount slots into the default buckets of `range`, which
// `buckets` are; -0.0 joins its bucket, and what is not finite is in none.
template <typename Count, typename Bucket, typename Put>
void put_slots(std::span<const Count> slots, std::span<Bucket> buckets, const BucketRange& range,
               Put put) {
  constexpr std::size_t kZero = kPositiveLimitCount;  // the bucket that begins with 0
  const std::size_t negative_end = std::clamp(kZero, range.begin, range.end);
  const Count* const downwards = slots.data() + kNegativeSlot + kZero - 1 - range.begin;
  for (std::size_t i = 0; i < negative_end - range.begin; ++i) {
    put(buckets[i], static_cast<Bucket>(*(downwards - i)));
  }
  if (negative_end == range.end) return;
  const auto rest = buckets.subspan(negative_end - range.begin);
  const Count* const upwards = slots.data() + kPositiveSlot + negative_end - kZero;
  for (std::size_t i = 0; i < rest.size(); ++i) put(rest[i], static_cast<Bucket>(upwards[i]));
  if (negative_end == kZero) rest[0] += static_cast<Bucket>(slots[kNegativeZeroSlot]);
}

template <typename Count, typename Bucket>
void add_slots(std::span<const Count> slots, std::span<Bucket> buckets) {
  put_slots(slots, buckets, {}, [](Bucket& bucket, Bucket count) { bucket += count; });
}

template <typename Count, typename Bucket>
void set_buckets(std::span<const Count> slots, std::span<Bucket> buckets,
                 const BucketRange& range) {
  put_slots(slots, buckets, range, [](Bucket& bucket, Bucket count) { bucket = count; });
}

template <typename Float>
class SlotTable {
 public:
  using Pattern = std::conditional_t<sizeof(Float) == 4, std::uint32_t, std::uint64_t>;

  // A constant of the program, 32 KiB for float32 and 512 KiB for float64, of which a tensor's
  // values touch 64 or 128 bytes for each sign and power of two they have. Building it at the first
  // use instead would cost that call 0.2 ms, and need a lock that a forked child could find taken.
  static const SlotTable& instance();

  // For those who do in vectors what slot() does: an offset for every cell, and what makes a cell
  // of a pattern, and a slot of the sum.
  static constexpr int kShift = (sizeof(Float) == 4 ? 23 : 52) - 4;
  const Pattern* offsets() const { return offsets_.data(); }

  std::size_t slot(Pattern pattern) const {
    return static_cast<std::size_t>((pattern + offsets_[pattern >> kShift]) >> kShift);
  }

  // The buckets of all values from `min` to `max`, which are finite. With either of those beside
  // zero comes the other: where denormals are taken for zero, extremes do not tell their signs.
  BucketRange buckets_between(Float min, Float max) const {
    constexpr std::size_t kZero = kPositiveLimitCount;
    const BucketRange range{bucket_of(min), bucket_of(max) + 1};
    return {range.begin == kZero ? kZero - 1 : range.begin,
            range.end == kZero ? kZero + 1 : range.end};
  }

 private:
  std::size_t bucket_of(Float value) const {
    const std::size_t i = slot(std::bit_cast<Pattern>(value + Float{0}));  // +0.0 for -0.0
    return i < kPositiveNotFiniteSlot ? kPositiveLimitCount + i
                                      : kPositiveLimitCount - 1 - (i - kNegativeSlot);
  }

  static constexpr std::size_t kCells = std::size_t{1} << (8 * sizeof(Float) - kShift);
  static constexpr Pattern kSignBit = Pattern{1} << (8 * sizeof(Float) - 1);

  constexpr SlotTable();
  constexpr void fill_side(Pattern first_pattern, Pattern slot,
                           std::span<const Pattern> slot_begins);

  std::array<Pattern, kCells> offsets_;
};

}  // namespace tbx
