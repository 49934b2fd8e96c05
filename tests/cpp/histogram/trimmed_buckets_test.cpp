#include "tbx/histogram/trimmed_buckets.h"

#include <doctest/doctest.h>

#include <numeric>
#include <vector>

#include "histogram/fnv1a.h"
#include "histogram/tensor_of.h"
#include "tbx/histogram/histogram.h"

using tbx::trim_buckets;
using tbx::TrimmedBuckets;
using Doubles = std::vector<double>;
using Counts = std::vector<std::uint64_t>;

namespace {

TrimmedBuckets trimmed(const Counts& counts, std::optional<std::size_t> max_buckets = {}) {
  static const Doubles kLimits = [] {
    Doubles limits(200);
    std::iota(limits.begin(), limits.end(), 0.0);
    return limits;
  }();
  const auto limits = std::span(kLimits).first(counts.size() + 1);
  TrimmedBuckets trimmed;
  REQUIRE_FALSE(static_cast<bool>(trim_buckets(limits, counts, max_buckets, trimmed)));
  return trimmed;
}

void check(const TrimmedBuckets& actual, const Doubles& limits, const Doubles& counts) {
  CHECK(Doubles(actual.limits.begin(), actual.limits.end()) == limits);
  CHECK(actual.counts == counts);
}

}  // namespace

// The expected numbers are those of
//   h = tensorboardX.summary.make_histogram(numpy.array(values), numpy.arange(8.0), max_bins)
//   print(list(h.bucket_limit), list(h.bucket))
// with `values` that fall into the buckets as `counts` say.
TEST_CASE("only the buckets from the first to the last with values stay, behind an empty one") {
  check(trimmed({0, 0, 1, 2, 0, 1, 0}), {2, 3, 4, 5, 6}, {0, 1, 2, 0, 1});
  check(trimmed({1, 0, 0, 0, 0, 0, 0}), {0, 1}, {0, 1});
  check(trimmed({0, 0, 0, 0, 0, 0, 2}), {6, 7}, {0, 2});
  check(trimmed({1, 0, 0, 0, 0, 0, 1}), {0, 1, 2, 3, 4, 5, 6, 7}, {0, 1, 0, 0, 0, 0, 0, 1});
  check(trimmed({0, 1, 0, 0, 0, 1, 0}), {1, 2, 3, 4, 5, 6}, {0, 1, 0, 0, 0, 1});
  check(trimmed({1}), {0, 1}, {0, 1});
}

TEST_CASE("too many buckets are added up in groups before") {
  const Counts counts{1, 0, 2, 0, 0, 0, 1};
  const Doubles all_limits{0, 1, 2, 3, 4, 5, 6, 7};
  const Doubles all_counts{0, 1, 0, 2, 0, 0, 0, 1};
  check(trimmed(counts, 1), {0, 7}, {0, 4});
  check(trimmed(counts, 2), {0, 3, 6, 7}, {0, 3, 0, 1});
  check(trimmed(counts, 3), {0, 2, 4, 6, 7}, {0, 1, 2, 0, 1});
  check(trimmed(counts, 4), all_limits, all_counts);
  check(trimmed(counts, 5), all_limits, all_counts);
  check(trimmed(counts, 7), all_limits, all_counts);
  check(trimmed(counts, 8), all_limits, all_counts);
  check(trimmed({0, 0, 0, 0, 0, 0, 1}, 3), {6, 7}, {0, 1});
}

TEST_CASE(
    "an empty histogram is refused as tensorboardX refuses it, one of a single bucket is not") {
  const Doubles limits{0, 1, 2};
  TrimmedBuckets trimmed{limits, {3, 4, 5}, {}};
  const tbx::Error error = trim_buckets(limits, Counts{0, 0}, {}, trimmed);
  CHECK(error.code == tbx::ErrorCode::kInvalidArgument);
  CHECK(error.message == "The histogram is empty, please file a bug report.");
  CHECK_FALSE(static_cast<bool>(trim_buckets(std::span(limits).first(2), Counts{0}, {}, trimmed)));
  check(trimmed, {1}, {0});
}

TEST_CASE("max_bins of 0 is refused") {
  TrimmedBuckets trimmed;
  CHECK(trim_buckets(Doubles{0, 1}, Counts{1}, 0, trimmed).code ==
        tbx::ErrorCode::kInvalidArgument);
}

TEST_CASE("the same object can be used again, whatever it held") {
  const Doubles limits{0, 1, 2, 3};
  TrimmedBuckets trimmed{{}, {9, 9, 9, 9, 9, 9}, {9, 9, 9, 9, 9, 9}};
  REQUIRE_FALSE(static_cast<bool>(trim_buckets(limits, Counts{1, 1, 1}, 2, trimmed)));
  REQUIRE_FALSE(static_cast<bool>(trim_buckets(limits, Counts{0, 1, 0}, {}, trimmed)));
  check(trimmed, {1, 2}, {0, 1});
}

TEST_CASE("the used part is found wherever it is") {
  for (const std::size_t size : {1u, 31u, 32u, 33u, 64u, 100u}) {
    for (std::size_t first = 0; first < size; ++first) {
      for (std::size_t last = first; last < size; last += 7) {
        Counts counts(size);
        counts[first] = 2;
        counts[last] = 3;
        const TrimmedBuckets actual = trimmed(counts);
        REQUIRE(actual.limits.front() == static_cast<double>(first));
        REQUIRE(actual.limits.back() == static_cast<double>(last + 1));
        REQUIRE(actual.counts.size() == last - first + 2);
        REQUIRE(actual.counts.back() == 3);
      }
    }
  }
}

TEST_CASE("counts of any size come out as the doubles that they are") {
  const std::uint64_t most = (std::uint64_t{1} << 52) - 1;
  check(trimmed({most, 1, std::uint64_t{1} << 32}), {0, 1, 2, 3},
        {0, 4503599627370495.0, 1, 4294967296.0});
}

TEST_CASE("values in the default buckets come out as tensorboardX writes them") {
  // h = make_histogram(array([-3.5, -0.25, 0.0, 0.25, 1e-3, 100.0]), array(default_bins), max_bins)
  // print(len(h.bucket_limit), hex(fnv1a_64(array(h.bucket_limit).tobytes() +
  // array(h.bucket).tobytes())))
  const std::vector<double> values{-3.5, -0.25, 0.0, 0.25, 1e-3, 100.0};
  const tbx::Histogram histogram = tbx_test::count(values, tbx::ValueType::kFloat64);
  const struct {
    std::optional<std::size_t> max_buckets;
    std::size_t size;
    std::uint64_t hash;
  } cases[] = {{std::nullopt, 646, 0x227fb180be0fc0e2},
               {30, 14, 0x5eebe74d3febd80c},
               {1000, 646, 0x227fb180be0fc0e2}};
  for (const auto& expected : cases) {
    TrimmedBuckets trimmed;
    REQUIRE_FALSE(static_cast<bool>(
        trim_buckets(tbx::kDefaultBucketLimits, histogram.buckets, expected.max_buckets, trimmed)));
    CHECK(trimmed.limits.size() == expected.size);
    CHECK(tbx_test::fnv1a(trimmed.counts, tbx_test::fnv1a(trimmed.limits)) == expected.hash);
  }
}
