// Bucketing, from an array to the bytes of its summary.
#include <algorithm>
#include <cstring>
#include <memory>
#include <random>

#include "histogram/naive_histogram.h"
#include "hot_path.h"
#include "median_time.h"
#include "tbx/event/histogram_encoder.h"
#include "tbx/histogram/few_values.h"
#include "tbx/histogram/histogram.h"
#include "tbx/histogram/trimmed_buckets.h"

namespace tbx_bench {
namespace {

using Floats = std::vector<float>;

struct Size {
  const char* name;
  std::size_t values;
};
constexpr Size kSizes[] = {{"1,000", 1000}, {"100,000", 100'000}};

struct Counted {
  tbx::Histogram histogram;
  tbx::TrimmedBuckets trimmed;
  tbx::ValueStats stats;
};

void count(const Floats& values, Counted& counted) {
  const std::int64_t shape = static_cast<std::int64_t>(values.size());
  const std::int64_t stride = sizeof(float);
  const tbx::TensorView tensor{values.data(), tbx::ValueType::kFloat32, {&shape, 1}, {&stride, 1}};
  if (shape <= tbx::kFewValues) {  // as add_histogram() does
    counted.stats = tbx::count_few_values(tensor, counted.trimmed);
    return;
  }
  counted.histogram.clear();
  tbx::count_values(tensor, counted.histogram);
  keep(tbx::trim_buckets(tbx::kDefaultBucketLimits, counted.histogram.buckets, {}, counted.trimmed)
           .code);
  counted.stats = counted.histogram.stats;
}

tbx::HistogramValue value_of(const Counted& counted) {
  const tbx::ValueStats& stats = counted.stats;
  tbx::HistogramValue value{"layer/weight"};
  value.min = stats.min;
  value.max = stats.max;
  value.num = static_cast<double>(stats.num);
  value.sum = stats.sum;
  value.sum_squares = stats.sum_squares;
  value.bucket_limits = counted.trimmed.limits;
  value.bucket_counts = counted.trimmed.counts;
  return value;
}

HotPath copying(std::string name, std::size_t bytes) {
  using Bytes = std::vector<std::byte>;
  HotPath path{std::move(name), "copy", 1, bytes, "", {}};
  path.work = [from = std::make_shared<Bytes>(bytes), to = std::make_shared<Bytes>(bytes)] {
    std::memcpy(to->data(), from->data(), to->size());
    keep(to->data());
  };
  path.is_counted = false;
  return path;
}

void add_paths(const Size& size, std::vector<HotPath>& paths) {
  // A fixed seed, but normal_distribution is each library's own: counts are compared for one.
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal;
  const auto values = std::make_shared<Floats>(size.values);
  for (float& value : *values) value = static_cast<float>(normal(random));
  const auto counted = std::make_shared<Counted>();
  count(*values, *counted);
  const std::vector<double> doubles(values->begin(), values->end());
  tbx::TrimmedBuckets expected;
  keep(tbx::trim_buckets(tbx::kDefaultBucketLimits, tbx_test::naive_histogram(doubles).buckets, {},
                         expected)
           .code);
  require(counted->trimmed.counts == expected.counts &&
              std::ranges::equal(counted->trimmed.limits, expected.limits),
          std::string("buckets of ") + size.name + " values");

  const std::string of = std::string(" of ") + size.name + " float32";
  const std::size_t bytes = size.values * sizeof(float);
  paths.push_back(copying("memcpy" + of, bytes));
  paths.push_back({"histogram: bucket an array" + of, "array", 1, bytes, paths.back().name,
                   [values, counted] { count(*values, *counted); }});

  const std::size_t encoded = tbx::histogram_value_size(value_of(*counted));
  paths.push_back(copying("memcpy of the summary" + of, encoded));
  paths.push_back({"histogram: encode the summary" + of, "summary", 1, encoded, paths.back().name,
                   [counted, out = std::make_shared<std::vector<std::byte>>(encoded)] {
                     const tbx::HistogramValue value = value_of(*counted);
                     keep(tbx::histogram_value_size(value));
                     tbx::wire::Writer writer(out->data());
                     tbx::write_histogram_value(writer, value);
                     keep(out->data());
                   }});
}

}  // namespace

std::vector<HotPath> histogram_paths() {
  std::vector<HotPath> paths;
  for (const Size& size : kSizes) add_paths(size, paths);
  return paths;
}

}  // namespace tbx_bench
