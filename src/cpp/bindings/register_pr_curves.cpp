// Precision-recall curves: counting predictions by threshold.
#include <optional>
#include <vector>

#include "bindings/gil.h"
#include "bindings/registers.h"
#include "bindings/tensor_argument.h"
#include "tbx/histogram/threshold_counter.h"

namespace tbx::bindings {
namespace {

// Below this many values counting is shorter than a hand-over of the GIL.
constexpr std::int64_t kReleaseGilValues = 20'000;

void read(const py::str& tag, const py::object& values, TensorArgument& tensor) {
  if (!tensor.from_python(tag.ptr(), values.ptr())) throw py::error_already_set();
}

ThresholdCounts counts_of(const TensorArgument& labels, const TensorArgument& predictions,
                          const std::optional<TensorView>& weights, std::size_t thresholds) {
  if (predictions.value_count() < kReleaseGilValues) {
    return count_thresholds(labels.view(), predictions.view(), weights, thresholds);
  }
  const WithoutGil without_gil;
  return count_thresholds(labels.view(), predictions.view(), weights, thresholds);
}

// The sums of the true positives, then those of the false ones, as the bytes of float64.
py::bytes count_thresholds_of_arrays(const py::str& tag, const py::object& labels,
                                     const py::object& predictions, const py::object& weights,
                                     std::size_t thresholds) {
  TensorArgument label_tensor, prediction_tensor, weight_tensor;
  read(tag, labels, label_tensor);
  read(tag, predictions, prediction_tensor);
  std::optional<TensorView> weight_view;
  if (!weights.is_none()) {
    read(tag, weights, weight_tensor);
    weight_view = weight_tensor.view();
  }
  const ThresholdCounts counts =
      counts_of(label_tensor, prediction_tensor, weight_view, thresholds);
  std::vector<double> both = counts.true_positives;
  both.insert(both.end(), counts.false_positives.begin(), counts.false_positives.end());
  return {reinterpret_cast<const char*>(both.data()), both.size() * sizeof(double)};
}

}  // namespace

void register_pr_curves(py::module_& module) {
  module.def("count_thresholds", &count_thresholds_of_arrays, py::arg("tag"), py::arg("labels"),
             py::arg("predictions"), py::arg("weights"), py::arg("thresholds"),
             "The true and then the false positives of each bucket, as the bytes of float64; "
             "arrays must be packed in row-major order.");
}

}  // namespace tbx::bindings
