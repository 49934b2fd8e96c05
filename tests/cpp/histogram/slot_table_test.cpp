#include "tbx/histogram/slot_table.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <random>
#include <vector>

#include "histogram/naive_histogram.h"

using tbx::SlotTable;

namespace {

// The slot of a value as slot_table.h describes it, from the naive bucket.
std::size_t expected_slot(double value) {
  const bool negative = std::signbit(value);
  if (!std::isfinite(value)) {
    return negative ? tbx::kNegativeNotFiniteSlot : tbx::kPositiveNotFiniteSlot;
  }
  if (value == 0 && negative) return tbx::kNegativeZeroSlot;
  const std::size_t bucket = tbx_test::naive_default_bucket(value);
  return negative ? tbx::kNegativeSlot + tbx::kPositiveLimitCount - 1 - bucket
                  : tbx::kPositiveSlot + bucket - tbx::kPositiveLimitCount;
}

// Whether the table is right about a pattern and the same with the other sign.
template <typename Float>
bool right_about(typename SlotTable<Float>::Pattern pattern) {
  using Pattern = typename SlotTable<Float>::Pattern;
  const Pattern other = pattern ^ (Pattern{1} << (8 * sizeof(Float) - 1));
  const SlotTable<Float>& table = SlotTable<Float>::instance();
  return table.slot(pattern) == expected_slot(std::bit_cast<Float>(pattern)) &&
         table.slot(other) == expected_slot(std::bit_cast<Float>(other));
}

}  // namespace

TEST_CASE_TEMPLATE("patterns around every limit fall into the right slot", Float, float, double) {
  using Pattern = typename SlotTable<Float>::Pattern;
  std::vector<Float> centres(tbx::kDefaultBucketLimits.begin(), tbx::kDefaultBucketLimits.end());
  centres.insert(
      centres.end(),
      {Float(1e20), std::numeric_limits<Float>::max(), std::numeric_limits<Float>::infinity(),
       std::numeric_limits<Float>::min(), std::numeric_limits<Float>::denorm_min()});
  int wrong = 0;
  for (const Float centre : centres) {
    for (Pattern away = 0; away <= 16; ++away) {
      wrong += !right_about<Float>(std::bit_cast<Pattern>(centre) + away - 8);
    }
  }
  CHECK(wrong == 0);
}

// Within a cell the slot can only step up once, so its ends and the patterns around the limits
// leave nothing out.
TEST_CASE_TEMPLATE("the ends of every cell fall into the right slot", Float, float, double) {
  using Pattern = typename SlotTable<Float>::Pattern;
  constexpr int kCellBits = sizeof(Float) == 4 ? 13 : 16;
  constexpr int kShift = 8 * sizeof(Float) - kCellBits;
  int wrong = 0;
  for (Pattern cell = 0; cell < Pattern{1} << kCellBits; ++cell) {
    const Pattern begin = cell << kShift;
    wrong += !right_about<Float>(begin);
    wrong += !right_about<Float>(begin + (Pattern{1} << kShift) - 1);
  }
  CHECK(wrong == 0);
}

TEST_CASE_TEMPLATE("random patterns fall into the right slot", Float, float, double) {
  using Pattern = typename SlotTable<Float>::Pattern;
  std::mt19937_64 random(1);
  int wrong = 0;
  for (int i = 0; i < 3'000'000; ++i) wrong += !right_about<Float>(static_cast<Pattern>(random()));
  // All patterns are equally likely above; these are the ones with the limits' exponents.
  std::uniform_real_distribution<double> log10(-13, 21);
  for (int i = 0; i < 1'000'000; ++i) {
    wrong += !right_about<Float>(
        std::bit_cast<Pattern>(static_cast<Float>(std::pow(10.0, log10(random)))));
  }
  CHECK(wrong == 0);
}

TEST_CASE("slots become buckets in the order of values") {
  std::vector<std::uint64_t> slots(tbx::kSlotCount);
  for (std::size_t i = 0; i < slots.size(); ++i) slots[i] = i + 1;
  std::vector<std::uint64_t> buckets(tbx::kDefaultBucketCount, 10'000);
  tbx::add_slots(std::span<const std::uint64_t>(slots), std::span(buckets));
  for (const double value : {-1e19, -1.0, -1e-15, 1e-15, 1.0, 1e19}) {
    CHECK(buckets[tbx_test::naive_default_bucket(value)] ==
          10'000 + expected_slot(value) + 1 + (value == 1e-15 ? tbx::kNegativeZeroSlot + 1 : 0));
  }
}

TEST_CASE("a range of buckets gets what all of them get") {
  std::vector<std::uint64_t> slots(tbx::kSlotCount);
  for (std::size_t i = 0; i < slots.size(); ++i) slots[i] = i + 1;
  std::vector<std::uint64_t> all(tbx::kDefaultBucketCount);
  tbx::add_slots(std::span<const std::uint64_t>(slots), std::span(all));
  constexpr std::size_t kZero = tbx::kPositiveLimitCount;
  const std::size_t places[] = {0, 1, kZero - 1, kZero, kZero + 1, all.size() - 1, all.size()};
  for (const std::size_t begin : places) {
    for (const std::size_t end : places) {
      if (end < begin) continue;
      std::vector<double> buckets(end - begin, 0.5);  // of an earlier histogram
      tbx::set_buckets(std::span<const std::uint64_t>(slots), std::span(buckets), {begin, end});
      for (std::size_t i = begin; i < end; ++i) {
        REQUIRE(buckets[i - begin] == static_cast<double>(all[i]));
      }
    }
  }
}
