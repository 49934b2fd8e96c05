#include "tbx/histogram/count_block_avx512.h"

#include <doctest/doctest.h>

#if defined(__x86_64__)

#include <bit>
#include <cstring>
#include <functional>
#include <limits>
#include <random>
#include <vector>

#include "tbx/histogram/bucket_limits.h"
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

template <std::size_t kLanes>
bool agree(tbx::Block block) {
  const Counted a = counted<kLanes>(&tbx::count_block_avx512<kLanes>, block);
  const Counted b = counted<kLanes>(&tbx::count_block<float, kLanes>, block);
  return a.buckets == b.buckets && same(a.sums.sum, b.sums.sum) &&
         same(a.sums.sum_squares, b.sums.sum_squares) && same(a.sums.min, b.sums.min) &&
         same(a.sums.max, b.sums.max);
}

// Blocks of every size up to two turns, and of many up to a whole one, at an address that is not
// even a float's.
void check_sizes(const std::function<float()>& value) {
  std::vector<std::byte> bytes(tbx::kBlockValues * sizeof(float) + 1);
  constexpr std::size_t kTwoTurns = 64;
  int wrong = 0;
  for (std::size_t size = 0; size <= tbx::kBlockValues; size += size == kTwoTurns ? 700 : 1) {
    for (std::size_t i = 0; i < size; ++i) {
      const float next = value();
      std::memcpy(&bytes[1 + i * sizeof next], &next, sizeof next);
    }
    const tbx::Block block{&bytes[1], size};
    wrong += !agree<1>(block) + !agree<4>(block);
  }
  CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("AVX-512 counts and sums as the portable code does, to the last bit") {
  if (!tbx::counts_by_avx512()) {
    MESSAGE(
        "skipped: this processor, or TBX_NATIVE_COUNTING, has float32 counted by the portable "
        "code");
    return;
  }
  std::mt19937 random(7);
  std::normal_distribution<float> normal;

  SUBCASE("normal values") {
    check_sizes([&] { return normal(random); });
  }
  SUBCASE("any bit pattern") {
    check_sizes([&] { return std::bit_cast<float>(static_cast<std::uint32_t>(random())); });
  }
  SUBCASE("of any magnitude, finite") {
    check_sizes([&] {
      const auto pattern = static_cast<std::uint32_t>(random());
      const float value = std::bit_cast<float>(pattern);
      return value - value == 0 ? value : 0.0f;
    });
  }
  SUBCASE("limits and their neighbours") {
    check_sizes([&] {
      const double limit = tbx::kDefaultBucketLimits[random() % tbx::kDefaultLimitCount];
      const auto pattern = std::bit_cast<std::uint32_t>(static_cast<float>(limit));
      return std::bit_cast<float>(pattern + static_cast<std::uint32_t>(random() % 3) - 1);
    });
  }
  SUBCASE("one value, both zeros among them") {
    for (const float value : {0.0f, -0.0f, 1.0f, -std::numeric_limits<float>::denorm_min()}) {
      check_sizes([&] { return value; });
    }
  }
  SUBCASE("a NaN or an infinity now and then") {
    check_sizes([&] {
      constexpr float kInfinity = std::numeric_limits<float>::infinity();
      const auto which = random() % 3000;
      if (which == 0) return std::numeric_limits<float>::quiet_NaN();
      return which == 1 ? kInfinity : which == 2 ? -kInfinity : normal(random);
    });
  }
}

#endif
