// Counting by threshold, against a loop that does it one value at a time.
#include "tbx/histogram/threshold_counter.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <vector>

#include "histogram/tensor_of.h"
#include "tbx/base/error.h"

using tbx::TensorView;
using tbx::ThresholdCounts;
using tbx::ValueType;
using tbx_test::PackedTensor;

namespace {

template <typename Label, typename Prediction>
ThresholdCounts count(const std::vector<Label>& labels, ValueType label_type,
                      const std::vector<Prediction>& predictions, ValueType prediction_type,
                      std::size_t thresholds) {
  return tbx::count_thresholds(PackedTensor<Label>(labels, label_type),
                               PackedTensor<Prediction>(predictions, prediction_type), std::nullopt,
                               thresholds);
}

// As numpy.histogram() adds up what compute_curve() hands it, in runs of 65,536 values.
template <typename Float>
ThresholdCounts naive_counts(const std::vector<double>& labels,
                             const std::vector<Float>& predictions,
                             const std::vector<double>& weights, std::size_t thresholds) {
  ThresholdCounts total{std::vector<double>(thresholds), std::vector<double>(thresholds)};
  for (std::size_t run = 0; run < labels.size(); run += 65536) {
    ThresholdCounts sums{std::vector<double>(thresholds), std::vector<double>(thresholds)};
    for (std::size_t i = run; i < std::min(run + 65536, labels.size()); ++i) {
      const Float bucket = std::floor(predictions[i] * static_cast<Float>(thresholds - 1));
      if (!(bucket >= 0 && bucket <= static_cast<Float>(thresholds - 1))) continue;
      sums.true_positives[static_cast<std::size_t>(bucket)] += labels[i] * weights[i];
      sums.false_positives[static_cast<std::size_t>(bucket)] += (1 - labels[i]) * weights[i];
    }
    for (std::size_t i = 0; i < thresholds; ++i) {
      total.true_positives[i] += sums.true_positives[i];
      total.false_positives[i] += sums.false_positives[i];
    }
  }
  return total;
}

template <typename Float>
void check_random_curves(ValueType type) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> unit(0, 1), wide(-0.2, 1.2);
  for (const std::size_t size : {0, 1, 1023, 1024, 1025, 65'536, 65'537, 150'000}) {
    for (const std::size_t thresholds : {1, 2, 50, 127}) {
      std::vector<double> labels(size), weights(size);
      std::vector<Float> predictions(size);
      for (std::size_t i = 0; i < size; ++i) {
        labels[i] = unit(random);
        weights[i] = unit(random) * (random() % 2 ? 1e9 : 1e-9);
        predictions[i] = static_cast<Float>(wide(random));
      }
      const PackedTensor<double> label_tensor(labels, ValueType::kFloat64);
      const PackedTensor<double> weight_tensor(weights, ValueType::kFloat64);
      const PackedTensor<Float> prediction_tensor(predictions, type);
      const ThresholdCounts actual =
          tbx::count_thresholds(label_tensor, prediction_tensor,
                                static_cast<const TensorView&>(weight_tensor), thresholds);
      const ThresholdCounts expected = naive_counts(labels, predictions, weights, thresholds);
      REQUIRE(actual.true_positives == expected.true_positives);
      REQUIRE(actual.false_positives == expected.false_positives);
    }
  }
}

}  // namespace

TEST_CASE("weighted sums are those of one value after the other") {
  SUBCASE("float32") { check_random_curves<float>(ValueType::kFloat32); }
  SUBCASE("float64") { check_random_curves<double>(ValueType::kFloat64); }
}

TEST_CASE("a prediction on a threshold is above it, one beside it is not") {
  const float below = std::nextafter(0.5F, 0.0F), above = std::nextafter(1.0F, 2.0F);
  const std::vector<float> predictions = {0.0F, -0.0F, 0.25F, 0.5F, below, 1.0F, above, -1e-9F};
  const std::vector<std::uint8_t> labels = {1, 1, 0, 1, 0, 1, 1, 1};
  const ThresholdCounts counts =
      count(labels, ValueType::kBool, predictions, ValueType::kFloat32, 5);
  CHECK(counts.true_positives == std::vector<double>{2, 0, 1, 0, 2});  // floor(above * 4) is 4
  CHECK(counts.false_positives == std::vector<double>{0, 2, 0, 0, 0});
}

TEST_CASE("what is no prediction is left out") {
  const double infinity = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> predictions = {nan, -nan, infinity, -infinity, 1e300, -0.5, 2, 1};
  const std::vector<std::int64_t> labels(predictions.size(), 1);
  const ThresholdCounts counts =
      count(labels, ValueType::kInt64, predictions, ValueType::kFloat64, 3);
  CHECK(counts.true_positives == std::vector<double>{0, 0, 1});
  CHECK(counts.false_positives == std::vector<double>{0, 0, 0});
}

TEST_CASE("labels and predictions of other types are widened") {
  const std::vector<std::uint16_t> halves = {0x0000, 0x3800, 0x3c00};  // 0, 0.5, 1
  const std::vector<float> labels = {0.25F, 1, 0};
  const ThresholdCounts counts = count(labels, ValueType::kFloat32, halves, ValueType::kFloat16, 3);
  CHECK(counts.true_positives == std::vector<double>{0.25, 1, 0});
  CHECK(counts.false_positives == std::vector<double>{0.75, 0, 1});
  const std::vector<std::int32_t> ones = {1, 0, 1};
  CHECK(count(labels, ValueType::kFloat32, ones, ValueType::kInt32, 2).true_positives ==
        std::vector<double>{1, 0.25});
}

TEST_CASE("tensors of several dimensions count when they are packed") {
  const std::vector<float> predictions(6, 1);
  const std::vector<std::uint8_t> labels(6, 1);
  const std::int64_t shape[] = {2, 1, 3};
  const std::int64_t label_strides[] = {3, 77, 1}, packed[] = {12, 0, 4}, turned[] = {4, 0, 8};
  const TensorView label_view{labels.data(), ValueType::kBool, shape, label_strides};
  const TensorView view{predictions.data(), ValueType::kFloat32, shape, packed};
  CHECK(tbx::count_thresholds(label_view, view, std::nullopt, 2).true_positives ==
        std::vector<double>{0, 6});
  const TensorView turned_view{predictions.data(), ValueType::kFloat32, shape, turned};
  CHECK_THROWS_AS(tbx::count_thresholds(label_view, turned_view, std::nullopt, 2),
                  tbx::ErrorException);
}

TEST_CASE("what does not fit is refused") {
  const std::vector<double> three(3), four(4);
  const PackedTensor<double> shorter(three, ValueType::kFloat64), longer(four, ValueType::kFloat64);
  const TensorView& weights = shorter;
  CHECK_THROWS_AS(tbx::count_thresholds(shorter, longer, std::nullopt, 5), tbx::ErrorException);
  CHECK_THROWS_AS(tbx::count_thresholds(longer, longer, weights, 5), tbx::ErrorException);
  CHECK_THROWS_AS(tbx::count_thresholds(longer, longer, std::nullopt, 0), tbx::ErrorException);
  CHECK_THROWS_AS(tbx::count_thresholds(longer, longer, std::nullopt, 65'537), tbx::ErrorException);
}
