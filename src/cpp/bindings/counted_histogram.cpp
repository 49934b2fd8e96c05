#include "bindings/counted_histogram.h"

#include <array>
#include <cmath>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

#include "bindings/gil.h"
#include "bindings/python_calls.h"
#include "bindings/tensor_argument.h"
#include "tbx/base/byte_buffer.h"
#include "tbx/histogram/block_reader.h"
#include "tbx/histogram/few_values.h"
#include "tbx/histogram/histogram.h"
#include "tbx/histogram/trimmed_buckets.h"
#include "tbx/histogram/widen.h"

namespace tbx::bindings {
namespace {

// Below this many values counting is shorter than a hand-over of the GIL.
constexpr std::int64_t kReleaseGilValues = 20'000;

bool max_buckets_from_python(PyObject* name, PyObject* object,
                             std::optional<std::size_t>& max_buckets) {
  if (object == nullptr || object == Py_None) return true;
  if (!PyIndex_Check(object)) {
    PyErr_Format(PyExc_TypeError, "max_bins of tag %R must be an integer, not %R", name, object);
    return false;
  }
  const Py_ssize_t count = PyNumber_AsSsize_t(object, nullptr);  // the nearest that there is
  if (count == -1 && PyErr_Occurred() != nullptr) return false;
  if (count < 1) {
    PyErr_Format(PyExc_ValueError, "max_bins of tag %R must be at least 1, not %R", name, object);
    return false;
  }
  max_buckets = static_cast<std::size_t>(count);
  return true;
}

bool is_default_bins(PyObject* bins) {
  return bins == nullptr ||
         (PyUnicode_Check(bins) && PyUnicode_CompareWithASCIIString(bins, "tensorflow") == 0);
}

template <typename Count>
void count_releasing_gil(std::int64_t value_count, Count count) {
  if (value_count < kReleaseGilValues) {
    count();
  } else {
    const WithoutGil without_gil;
    count();
  }
}

// The finite values as float64.
ByteBuffer finite_values(const TensorView& tensor) {
  BlockReader reader(tensor);
  ByteBuffer finite;
  std::array<double, kBlockValues> room;
  for (Block block = reader.next(); block.count != 0; block = reader.next()) {
    const Block widened = widen<double>(tensor.type, block, room.data());
    for (std::size_t i = 0; i < widened.count; ++i) {
      double value;
      std::memcpy(&value, widened.values + i * sizeof value, sizeof value);
      if (std::isfinite(value)) std::memcpy(finite.grow(sizeof value), &value, sizeof value);
    }
  }
  return finite;
}

py::object estimated_limits(PyObject* name, const TensorArgument& tensor, PyObject* bins) {
  ByteBuffer finite;
  count_releasing_gil(tensor.value_count(), [&] { finite = finite_values(tensor.view()); });
  const py::bytes bytes(reinterpret_cast<const char*>(finite.data()), finite.size());
  return py::reinterpret_steal<py::object>(
      call_python("tbx_native._bucket_limits", "estimated_limits", name, bins, bytes.ptr()));
}

// numpy computes the limits; here they are only read.
bool limits_from_python(PyObject* name, const TensorArgument& tensor, PyObject* bins,
                        std::vector<double>& limits) {
  auto array = py::reinterpret_steal<py::object>(
      call_python("tbx_native._bucket_limits", "given_limits", name, bins));
  if (array && array.is_none()) array = estimated_limits(name, tensor, bins);
  if (!array) return false;
  Py_buffer buffer;
  if (PyObject_GetBuffer(array.ptr(), &buffer, PyBUF_SIMPLE) != 0) return false;
  limits.resize(static_cast<std::size_t>(buffer.len) / sizeof(double));
  std::memcpy(limits.data(), buffer.buf, limits.size() * sizeof(double));
  PyBuffer_Release(&buffer);
  return true;
}

// Nothing in any bucket: tensorboardX raises here, in the middle of a training run. A histogram
// without buckets says it.
void trim_or_clear(std::span<const double> limits, const Histogram& histogram,
                   std::optional<std::size_t> max_buckets, TrimmedBuckets& trimmed) {
  if (trim_buckets(limits, histogram.buckets, max_buckets, trimmed) || trimmed.counts.back() == 0) {
    trimmed.limits = {};
    trimmed.counts.clear();
  }
}

}  // namespace

struct CountedHistogram::Scratch {
  Histogram histogram;
  TrimmedBuckets trimmed;
};

std::unique_ptr<CountedHistogram::Scratch>& CountedHistogram::idle_scratch() {
  thread_local std::unique_ptr<Scratch> idle;
  return idle;
}

CountedHistogram::CountedHistogram() : scratch_(std::move(idle_scratch())) {
  if (scratch_ == nullptr) scratch_ = std::make_unique<Scratch>();
}

CountedHistogram::~CountedHistogram() { idle_scratch() = std::move(scratch_); }

bool CountedHistogram::from_python(PyObject* name, PyObject* values,
                                   const HistogramOptions& options) {
  TensorArgument tensor;
  std::optional<std::size_t> max_buckets;
  if (!tensor.from_python(name, values) ||
      !max_buckets_from_python(name, options.max_bins, max_buckets))
    return false;
  const std::int64_t value_count = tensor.value_count();
  if (value_count == 0) {
    PyErr_Format(PyExc_ValueError, "The input has no element. (tag %R)", name);
    return false;
  }
  try {
    if (is_default_bins(options.bins) && !max_buckets && value_count <= kFewValues) {
      stats_ = count_few_values(tensor.view(), scratch_->trimmed);
    } else if (is_default_bins(options.bins)) {
      Histogram& histogram = scratch_->histogram;
      histogram.clear();
      count_releasing_gil(value_count, [&] { count_values(tensor.view(), histogram); });
      trim_or_clear(kDefaultBucketLimits, histogram, max_buckets, scratch_->trimmed);
      stats_ = histogram.stats;
    } else {
      if (!limits_from_python(name, tensor, options.bins, limits_)) return false;
      const ExplicitLimits prepared(limits_);
      Histogram histogram(prepared.bucket_count());
      count_releasing_gil(value_count, [&] { count_values(tensor.view(), prepared, histogram); });
      trim_or_clear(limits_, histogram, max_buckets, scratch_->trimmed);
      stats_ = histogram.stats;
    }
  } catch (const ErrorException& exception) {
    PyErr_Format(PyExc_ValueError, "histogram of tag %R: %s", name, exception.what());
    return false;
  }
  return true;
}

HistogramValue CountedHistogram::value(std::string_view tag) const {
  HistogramValue value{tag};
  if (stats_.num != 0) {
    value.min = stats_.min;
    value.max = stats_.max;
    value.num = static_cast<double>(stats_.num);
    value.sum = stats_.sum;
    value.sum_squares = stats_.sum_squares;
  }
  value.bucket_limits = scratch_->trimmed.limits;
  value.bucket_counts = scratch_->trimmed.counts;
  return value;
}

}  // namespace tbx::bindings
