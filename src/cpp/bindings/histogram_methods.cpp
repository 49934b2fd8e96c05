#include "bindings/histogram_methods.h"

#include "bindings/counted_histogram.h"
#include "bindings/fastcall.h"
#include "bindings/scalar_arguments.h"
#include "bindings/summary_object.h"

namespace tbx::bindings {
namespace {

// A histogram and the tag that it gets.
class Chart {
 public:
  // Tells of values that are not finite.
  bool from_python(PyObject* self, PyObject* name, PyObject* values,
                   const HistogramOptions& options, std::int64_t step) {
    SummaryState& state = state_of(self);
    std::string_view raw_tag;
    return raw_tag_from_python(state, name, raw_tag, raw_bytes_) &&
           clean_tag(state, raw_tag, cleaned_, tag_) &&
           histogram_.from_python(name, values, options) &&
           (histogram_.all_finite() || warn_of_not_finite(state, tag_, step));
  }

  HistogramValue value() const { return histogram_.value(tag_); }

 private:
  py::object raw_bytes_;
  std::string cleaned_;
  std::string_view tag_;
  CountedHistogram histogram_;
};

// tag/name as a str.
py::object joined_name(PyObject* prefix, PyObject* name) {
  if (!PyUnicode_Check(prefix) || !PyUnicode_Check(name) || PyUnicode_GET_LENGTH(prefix) == 0) {
    return py::reinterpret_borrow<py::object>(name);
  }
  return py::reinterpret_steal<py::object>(PyUnicode_FromFormat("%U/%U", prefix, name));
}

bool append_pair(PyObject* self, PyObject* prefix, PyObject* pair, const HistogramOptions& options,
                 std::int64_t step, ByteBuffer& summary) {
  const auto sequence = py::reinterpret_steal<py::object>(
      PySequence_Fast(pair, "add_histograms() needs a mapping, or pairs of a name and an array"));
  if (!sequence) return false;
  if (PySequence_Fast_GET_SIZE(sequence.ptr()) != 2) {
    PyErr_SetString(PyExc_ValueError, "add_histograms() needs pairs of a name and an array");
    return false;
  }
  PyObject* values = PySequence_Fast_GET_ITEM(sequence.ptr(), 1);
  if (values == Py_None) return true;
  const py::object name = joined_name(prefix, PySequence_Fast_GET_ITEM(sequence.ptr(), 0));
  Chart chart;
  if (!name || !chart.from_python(self, name.ptr(), values, options, step)) return false;
  const HistogramValue value = chart.value();
  wire::Writer out(summary.grow(histogram_value_size(value)));
  write_histogram_value(out, value);
  return true;
}

}  // namespace

PyObject* add_histogram(PyObject* self, PyObject* const* args, Py_ssize_t count,
                        PyObject* keywords) {
  static const auto& signature = *new Signature<6>(
      "add_histogram", {"tag", "values", "global_step", "bins", "walltime", "max_bins"}, 2, 6);
  Signature<6>::Values v;
  if (!signature.parse(args, count, keywords, v)) return nullptr;
  EventStamp stamp;
  Chart chart;
  if (!stamp_from_python(state_of(self), v[0], v[2], v[4], stamp) ||
      !chart.from_python(self, v[0], v[1], {v[3], v[5]}, stamp.step)) {
    return nullptr;
  }
  const HistogramValue value = chart.value();
  if (!append_summary_in_place(self, stamp, histogram_value_size(value),
                               [&](wire::Writer& out) { write_histogram_value(out, value); })) {
    return nullptr;
  }
  Py_RETURN_NONE;
}

PyObject* add_histograms(PyObject* self, PyObject* const* args, Py_ssize_t count,
                         PyObject* keywords) {
  static const auto& signature = *new Signature<6>(
      "add_histograms", {"prefix", "named_arrays", "step", "walltime", "bins", "max_bins"}, 2, 6);
  Signature<6>::Values v;
  if (!signature.parse(args, count, keywords, v)) return nullptr;
  EventStamp stamp;
  ByteBuffer summary;
  if (!stamp_from_python(state_of(self), v[0], v[2], v[3], stamp)) return nullptr;
  const bool is_mapping = PyDict_Check(v[1]) || PyObject_HasAttrString(v[1], "items");
  const auto pairs = py::reinterpret_steal<py::object>(is_mapping ? PyMapping_Items(v[1])
                                                                  : PyObject_GetIter(v[1]));
  const auto iterator =
      py::reinterpret_steal<py::object>(pairs ? PyObject_GetIter(pairs.ptr()) : nullptr);
  if (!iterator) return nullptr;
  while (const auto pair = py::reinterpret_steal<py::object>(PyIter_Next(iterator.ptr()))) {
    if (!append_pair(self, v[0], pair.ptr(), {v[4], v[5]}, stamp.step, summary)) return nullptr;
  }
  if (PyErr_Occurred() != nullptr) return nullptr;
  if (!summary.empty() && !append_summary(self, stamp, summary.bytes())) return nullptr;
  Py_RETURN_NONE;
}

}  // namespace tbx::bindings
