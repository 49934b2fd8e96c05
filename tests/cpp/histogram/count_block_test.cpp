// The loops for particular processors, beside the one for all.
#include <doctest/doctest.h>

#if defined(__x86_64__)

#include <bit>
#include <cstring>
#include <functional>
#include <limits>
#include <random>
#include <vector>

#include "tbx/histogram/bucket_limits.h"
#include "tbx/histogram/count_block_avx2.h"
#include "tbx/histogram/count_block_avx512.h"
#include "tbx/histogram/counting_method.h"
#include "tbx/histogram/slot_counting.h"

namespace {

// The counts of one block, with what is not finite.
struct Counted {
  tbx::BlockSums sums;
  std::vector<std::uint64_t> buckets = std::vector<std::uint64_t>(tbx::kDefaultBucketCount);
};

template <std::size_t kLanes>
Counted counted(tbx::BlockSums (*count)(tbx::Block, tbx::SlotCounter<kLanes>&), tbx::Block block) {
  tbx::SlotCounter<kLanes> counter;
  Counted counted{count(block, counter)};
  counter.fold_into(counted.buckets);
  return counted;
}

// To the last bit; of NaNs there are many.
bool same(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b) || (a != a && b != b);
}

bool agree(const Counted& a, const Counted& b) {
  return a.buckets == b.buckets && same(a.sums.sum, b.sums.sum) &&
         same(a.sums.sum_squares, b.sums.sum_squares) && same(a.sums.min, b.sums.min) &&
         same(a.sums.max, b.sums.max);
}

// A loop, for both kinds of counters that are in use.
struct Loop {
  tbx::BlockSums (*one_lane)(tbx::Block, tbx::SlotCounter<1>&);
  tbx::BlockSums (*four_lanes)(tbx::Block, tbx::SlotCounter<4>&);

  bool agrees(tbx::Block block) const {
    return agree(counted<1>(one_lane, block), counted<1>(&tbx::count_block<float, 1>, block)) &&
           agree(counted<4>(four_lanes, block), counted<4>(&tbx::count_block<float, 4>, block));
  }
};

// Blocks of every size up to two turns by AVX-512, and of many up to a whole one, at an address
// that is not even a float's.
void check_sizes(const Loop& loop, const std::function<float()>& value) {
  std::vector<std::byte> bytes(tbx::kBlockValues * sizeof(float) + 1);
  constexpr std::size_t kTwoTurns = 64;
  int wrong = 0;
  for (std::size_t size = 0; size <= tbx::kBlockValues; size += size == kTwoTurns ? 700 : 1) {
    for (std::size_t i = 0; i < size; ++i) {
      const float next = value();
      std::memcpy(&bytes[1 + i * sizeof next], &next, sizeof next);
    }
    wrong += !loop.agrees({&bytes[1], size});
  }
  CHECK(wrong == 0);
}

// What is counted and summed is what the portable loop counts and sums.
void check_loop(const Loop& loop) {
  std::mt19937 random(7);
  std::normal_distribution<float> normal;

  SUBCASE("normal values") {
    check_sizes(loop, [&] { return normal(random); });
  }
  SUBCASE("any bit pattern") {
    check_sizes(loop, [&] { return std::bit_cast<float>(static_cast<std::uint32_t>(random())); });
  }
  SUBCASE("of any magnitude, finite") {
    check_sizes(loop, [&] {
      const auto pattern = static_cast<std::uint32_t>(random());
      const float value = std::bit_cast<float>(pattern);
      return value - value == 0 ? value : 0.0f;
    });
  }
  SUBCASE("limits and their neighbours") {
    check_sizes(loop, [&] {
      const double limit = tbx::kDefaultBucketLimits[random() % tbx::kDefaultLimitCount];
      const auto pattern = std::bit_cast<std::uint32_t>(static_cast<float>(limit));
      return std::bit_cast<float>(pattern + static_cast<std::uint32_t>(random() % 3) - 1);
    });
  }
  SUBCASE("one value, both zeros among them") {
    for (const float value : {0.0f, -0.0f, 1.0f, -std::numeric_limits<float>::denorm_min()}) {
      check_sizes(loop, [&] { return value; });
    }
  }
  SUBCASE("a NaN or an infinity now and then") {
    check_sizes(loop, [&] {
      constexpr float kInfinity = std::numeric_limits<float>::infinity();
      const auto which = random() % 3000;
      if (which == 0) return std::numeric_limits<float>::quiet_NaN();
      return which == 1 ? kInfinity : which == 2 ? -kInfinity : normal(random);
    });
  }
}

}  // namespace

TEST_CASE("AVX2 counts and sums as the portable code does, to the last bit") {
  if (!tbx::can_count_by(tbx::CountingMethod::kAvx2)) {
    MESSAGE("skipped: this processor has no AVX2");
    return;
  }
  check_loop({&tbx::count_block_avx2<1>, &tbx::count_block_avx2<4>});
}

TEST_CASE("AVX-512 counts and sums as the portable code does, to the last bit") {
  if (!tbx::can_count_by(tbx::CountingMethod::kAvx512)) {
    MESSAGE("skipped: this processor has no AVX-512, or gathers slowly");
    return;
  }
  check_loop({&tbx::count_block_avx512<1>, &tbx::count_block_avx512<4>});
}

#endif
