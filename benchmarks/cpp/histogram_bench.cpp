// How fast are values counted into buckets, next to what memory allows and to searching each
// value's bucket?
//
// Every row is checked against the naive histogram before it is timed. Times are for one tensor,
// from an empty histogram to trimmed buckets; GB/s (10^9 bytes a second) are of the tensor's bytes.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "histogram/naive_histogram.h"
#include "median_time.h"
#include "tbx/histogram/histogram.h"
#include "tbx/histogram/trimmed_buckets.h"
#include "tbx/histogram/widen.h"

namespace {

using tbx::ExplicitLimits;
using tbx::Histogram;
using tbx::TensorView;
using tbx::ValueType;
using tbx_bench::keep;
using tbx_bench::median_ns;

void require(bool truth, const std::string& claim) {
  if (truth) return;
  std::fprintf(stderr, "wrong answer, nothing timed: %s\n", claim.c_str());
  std::exit(1);
}

// Values of any type with the view that counts them.
struct Tensor {
  std::vector<std::byte> bytes;
  ValueType type;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;

  TensorView view() const { return {bytes.data(), type, shape, strides}; }
  std::size_t value_count() const {
    return static_cast<std::size_t>(
        std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>()));
  }
};

template <typename Stored>
Tensor packed(const std::vector<Stored>& values, ValueType type) {
  Tensor tensor{{}, type, {static_cast<std::int64_t>(values.size())}, {sizeof(Stored)}};
  tensor.bytes.resize(values.size() * sizeof(Stored));
  std::memcpy(tensor.bytes.data(), values.data(), tensor.bytes.size());
  return tensor;
}

// The values of a tensor of one or two dimensions.
std::vector<double> values_of(const Tensor& tensor) {
  std::vector<double> values;
  const bool flat = tensor.shape.size() == 1;
  for (std::int64_t row = 0; row < (flat ? 1 : tensor.shape[0]); ++row) {
    for (std::int64_t column = 0; column < tensor.shape.back(); ++column) {
      const auto offset = (flat ? 0 : row * tensor.strides[0]) + column * tensor.strides.back();
      const tbx::Block one{&tensor.bytes[static_cast<std::size_t>(offset)], 1};
      double value;
      std::memcpy(&value, tbx::widen(tensor.type, one, &value).values, sizeof value);
      values.push_back(value);
    }
  }
  return values;
}

void require_same(const Histogram& actual, const Histogram& expected, const std::string& name) {
  require(actual.buckets == expected.buckets && actual.below == expected.below &&
              actual.above == expected.above,
          name + ": buckets");
  require(actual.stats.num == expected.stats.num && actual.stats.min == expected.stats.min &&
              actual.stats.max == expected.stats.max,
          name + ": num, min or max");
  // Loosely: the naive sum is the less exact one.
  require(std::abs(actual.stats.sum_squares - expected.stats.sum_squares) <=
              1e-9 * expected.stats.sum_squares,
          name + ": sum of squares");
}

// Returns the GB/s.
double print_row(const std::string& name, const Tensor& tensor, double ns, const char* ending) {
  const auto values = static_cast<double>(tensor.value_count());
  const double gb_per_second = values * static_cast<double>(tbx::bytes_of(tensor.type)) / ns;
  std::printf("%-38s %11.1f us %8.3f ns/value %7.2f GB/s%s", name.c_str(), ns / 1000, ns / values,
              gb_per_second, ending);
  std::fflush(stdout);
  return gb_per_second;
}

// Counts with the default limits and trims.
void summarize(const Tensor& tensor, Histogram& histogram, tbx::TrimmedBuckets& trimmed) {
  histogram.clear();
  tbx::count_values(tensor.view(), histogram);
  keep(tbx::trim_buckets(tbx::kDefaultBucketLimits, histogram.buckets, {}, trimmed).code);
}

double time_default(const std::string& name, const Tensor& tensor, const char* ending = "\n") {
  Histogram histogram;
  tbx::TrimmedBuckets trimmed;
  summarize(tensor, histogram, trimmed);
  require_same(histogram, tbx_test::naive_histogram(values_of(tensor)), name);
  return print_row(name, tensor, median_ns([&] { summarize(tensor, histogram, trimmed); }), ending);
}

void time_explicit(const std::string& name, const Tensor& tensor,
                   const std::vector<double>& limits) {
  Histogram histogram(limits.size() - 1);
  tbx::TrimmedBuckets trimmed;
  const auto summarize = [&] {
    histogram.clear();
    tbx::count_values(tensor.view(), ExplicitLimits(limits), histogram);
    keep(tbx::trim_buckets(limits, histogram.buckets, {}, trimmed).code);
  };
  summarize();
  require_same(histogram, tbx_test::naive_histogram(values_of(tensor), limits), name);
  print_row(name, tensor, median_ns(summarize), "\n");
}

void time_beside_memcpy(const std::string& name, const Tensor& tensor) {
  std::vector<std::byte> copy(tensor.bytes.size());
  const double copy_ns = median_ns([&] {
    std::memcpy(copy.data(), tensor.bytes.data(), copy.size());
    keep(copy.data());
  });
  const double counting = time_default(name, tensor, "");
  const double copying = static_cast<double>(copy.size()) / copy_ns;
  std::printf("  1/%.1f of memcpy's %.2f GB/s\n", copying / counting, copying);
}

template <typename Float>
std::vector<Float> normal_values(std::size_t count) {
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal;
  std::vector<Float> values(count);
  for (Float& value : values) value = static_cast<Float>(normal(random));
  return values;
}

template <typename Stored>
std::vector<Stored> first(const std::vector<Stored>& values, std::size_t count) {
  return {values.begin(), values.begin() + static_cast<std::ptrdiff_t>(count)};
}

std::vector<std::uint16_t> as_bfloat16(const std::vector<float>& values) {
  std::vector<std::uint16_t> halves;
  for (const float value : values) {
    halves.push_back(static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16));
  }
  return halves;
}

// Cut off, not rounded; magnitudes that float16 does not hold as normal numbers become zero.
std::vector<std::uint16_t> as_float16(const std::vector<float>& values) {
  std::vector<std::uint16_t> halves;
  for (const float value : values) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const bool normal = std::abs(value) >= 0x1p-14f && std::abs(value) < 65504.0f;
    const std::uint32_t magnitude =
        normal ? ((bits & 0x7fffffffu) >> 13) - ((127u - 15u) << 10) : 0;
    halves.push_back(static_cast<std::uint16_t>((bits >> 31 << 15) | magnitude));
  }
  return halves;
}

template <typename Stored>
std::vector<Stored> scaled(const std::vector<float>& values, float scale) {
  std::vector<Stored> result;
  for (const float value : values) result.push_back(static_cast<Stored>(value * scale));
  return result;
}

void time_types(const std::vector<float>& ten_million) {
  const auto million = first(ten_million, 1'000'000);
  const auto layer = first(ten_million, 20'000);
  std::printf("default limits, 1,000,000 normally distributed values unless said otherwise\n");
  time_default("float32, 1 value", packed(first(million, 1), ValueType::kFloat32));
  time_default("float32, 1,000 values", packed(first(million, 1000), ValueType::kFloat32));
  time_default("float32, 20,000 values", packed(layer, ValueType::kFloat32));
  time_beside_memcpy("float32 (4 MB)", packed(million, ValueType::kFloat32));
  time_beside_memcpy("float32, 10,000,000 (40 MB)", packed(ten_million, ValueType::kFloat32));
  time_default("bfloat16, 20,000 values", packed(as_bfloat16(layer), ValueType::kBfloat16));
  time_default("float16, 20,000 values", packed(as_float16(layer), ValueType::kFloat16));
  time_default("bfloat16", packed(as_bfloat16(million), ValueType::kBfloat16));
  time_default("float16", packed(as_float16(million), ValueType::kFloat16));
  time_default("float64", packed(normal_values<double>(1'000'000), ValueType::kFloat64));
  time_default("int64", packed(scaled<std::int64_t>(million, 1e6f), ValueType::kInt64));
  time_default("int32", packed(scaled<std::int32_t>(million, 1e6f), ValueType::kInt32));
  time_default("int16", packed(scaled<std::int16_t>(million, 1e3f), ValueType::kInt16));
  time_default("int8", packed(scaled<std::int8_t>(million, 20), ValueType::kInt8));

  std::vector<Tensor> layers;
  for (auto begin = ten_million.begin(); layers.size() < 40; begin += 20'000) {
    layers.push_back(packed(std::vector<float>(begin, begin + 20'000), ValueType::kFloat32));
  }
  Histogram histogram;
  tbx::TrimmedBuckets trimmed;
  const double ns = median_ns([&] {
    for (const Tensor& tensor : layers) summarize(tensor, histogram, trimmed);
  });
  std::printf("%-38s %11.1f us %8.3f ns/value\n", "40 float32 tensors of 20,000", ns / 1000,
              ns / 800'000);
}

void time_strides(const Tensor& floats) {
  std::printf("\nstrides\n");
  Tensor strided = floats;
  strided.shape = {1000, 1000};
  strided.strides = {4, 4000};
  time_default("float32, 1000 x 1000 transposed", strided);
  strided.shape = {500'000};
  strided.strides = {8};
  time_default("float32, every second of 1,000,000", strided);
  strided.shape = {1000, 10};
  strided.strides = {4000, 4};
  time_default("float32, 10 columns of 1000 x 1000", strided);
}

void time_hard_distributions(const std::vector<float>& normal) {
  std::printf("\nhard distributions\n");
  const auto time = [](const std::string& name, const std::vector<float>& values) {
    time_default("float32 " + name, packed(values, ValueType::kFloat32));
  };
  const auto time_all_types = [&](const std::string& name, const std::vector<float>& values) {
    time(name, values);
    time_default("bfloat16 " + name, packed(as_bfloat16(values), ValueType::kBfloat16));
    time_default("float64 " + name, packed(scaled<double>(values, 1), ValueType::kFloat64));
  };
  const std::size_t count = normal.size();
  std::mt19937_64 random(2);
  time_all_types("all zero", std::vector<float>(count, 0.0f));
  time_all_types("all equal", std::vector<float>(count, 0.37f));
  std::vector<float> values = normal;
  for (float& value : values) value = std::max(value, 0.0f);
  time_all_types("half zero (relu)", values);
  std::uniform_real_distribution<double> log10(-12, 20);
  for (float& value : values) value = static_cast<float>(std::pow(10.0, log10(random)));
  time_all_types("log-uniform 1e-12 to 1e20", values);
  for (std::size_t i = 0; i < count; i += 2) values[i] = -values[i];
  time("log-uniform, alternating signs", values);
  for (std::size_t i = 0; i < count; ++i) values[i] = i % 2 == 0 ? 0.37f : -0.37f;
  time("two values, alternating signs", values);
  values = normal;
  std::sort(values.begin(), values.end());
  time("sorted", values);
  for (float& value : values) {
    value = std::bit_cast<float>(static_cast<std::uint32_t>(random() & 0x807fffffu));
  }
  time("denormal", values);
  for (float& value : values) {
    value = static_cast<float>(tbx::kDefaultBucketLimits[random() % tbx::kDefaultLimitCount]);
  }
  time("on the limits", values);
  values = normal;
  for (std::size_t i = 0; i < count; i += 1000) values[i] = std::nanf("");
  time("0.1 % NaN", values);
}

void time_explicit_limits(const Tensor& floats) {
  std::printf("\nlimits of the caller's\n");
  for (const std::size_t buckets : {10, 30, 1000}) {
    std::vector<double> limits;
    for (std::size_t i = 0; i <= buckets; ++i) {
      limits.push_back(-4 + 8 * static_cast<double>(i) / static_cast<double>(buckets));
    }
    time_explicit("float32, " + std::to_string(buckets) + " even buckets", floats, limits);
    for (double& limit : limits) limit *= std::abs(limit);
    time_explicit("float32, " + std::to_string(buckets) + " uneven buckets", floats, limits);
  }
}

void time_naively(const Tensor& floats) {
  std::printf("\nthe naive way: std::upper_bound for each value\n");
  const std::vector<double> doubles = values_of(floats);
  print_row("float32", floats,
            median_ns([&] { keep(tbx_test::naive_histogram(doubles).stats.sum); }), "\n");
}

}  // namespace

int main() {
  const std::vector<float> normal = normal_values<float>(10'000'000);
  const std::vector<float> million = first(normal, 1'000'000);
  const Tensor floats = packed(million, ValueType::kFloat32);
  time_types(normal);
  time_strides(floats);
  time_hard_distributions(million);
  time_explicit_limits(floats);
  time_naively(floats);
}
