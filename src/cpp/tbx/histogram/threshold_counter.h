// Counts predictions by threshold: the buckets that a precision-recall curve is summed up from.
//
// Source: tensorboardX/summary.py, compute_curve(), which goes through numpy.histogram(). The
// float64 sums are its own, bit for bit, whatever the weights: numpy adds up runs of 65,536 values
// first and the runs afterwards, and so does this.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "tbx/histogram/tensor_view.h"

namespace tbx {

// Of the predictions in bucket floor(prediction * (thresholds - 1)), the sums of label * weight and
// of (1 - label) * weight.
struct ThresholdCounts {
  std::vector<double> true_positives;
  std::vector<double> false_positives;
};

// The tensors must be packed in row-major order and have as many values as each other. Labels are 1
// for "yes" and 0 for "no", or in between; no weights stand for weights of 1. Predictions are
// multiplied in float32 where that holds their type, else in float64; those that belong to no
// bucket (below 0, above the last one, NaN) are left out. Throws ErrorException if the tensors do
// not fit each other or there is no threshold.
ThresholdCounts count_thresholds(const TensorView& labels, const TensorView& predictions,
                                 const std::optional<TensorView>& weights, std::size_t thresholds);

}  // namespace tbx
