#include "bindings/histogram_methods.h"

#include <utility>

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
           clean_tag(state, name, raw_tag, cleaned_, tag_) &&
           histogram_.from_python(name, values, options) && tell_of_not_finite(state, step);
  }

  HistogramValue value() const { return histogram_.value(tag_); }

 private:
  bool tell_of_not_finite(SummaryState& state, std::int64_t step) const {
    const std::uint64_t count = histogram_.not_finite_count();
    return count == 0 || warn_of_not_finite(state, tag_, step, count, histogram_.value_count());
  }

  py::object raw_bytes_;
  std::string cleaned_;
  std::string_view tag_;
  CountedHistogram histogram_;
};

// Room for a model's histograms, lent to one call after the other: growing it anew was a twentieth
// of the time of 52 parameters.
class LentBuffer {
 public:
  LentBuffer() : buffer_(std::exchange(idle(), ByteBuffer{})) { buffer_.clear(); }
  ~LentBuffer() {
    constexpr std::size_t kKeptBytes = std::size_t{1} << 20;
    buffer_.clear();
    buffer_.shrink_to(kKeptBytes);
    idle() = std::move(buffer_);
  }
  LentBuffer(const LentBuffer&) = delete;
  LentBuffer& operator=(const LentBuffer&) = delete;

  ByteBuffer& operator*() { return buffer_; }

 private:
  static ByteBuffer& idle() {
    thread_local ByteBuffer idle;
    return idle;
  }

  ByteBuffer buffer_;
};

// prefix/name as a str; a name that is none is left to be refused as a tag.
py::object joined_name(PyObject* prefix, PyObject* name) {
  if (!PyUnicode_Check(name) || PyUnicode_GET_LENGTH(prefix) == 0) {
    return py::reinterpret_borrow<py::object>(name);
  }
  return py::reinterpret_steal<py::object>(PyUnicode_FromFormat("%U/%U", prefix, name));
}

// Says what named_arrays must be, unless another error has been raised.
bool refuse_pairs(PyObject* prefix, PyObject* error) {
  if (PyErr_Occurred() != nullptr && !PyErr_ExceptionMatches(PyExc_TypeError)) return false;
  PyErr_Format(error, "named_arrays of %R must be a mapping, or pairs of a name and an array",
               prefix);
  return false;
}

bool append_pair(PyObject* self, PyObject* prefix, PyObject* pair, const HistogramOptions& options,
                 std::int64_t step, ByteBuffer& summary) {
  // A tuple of its own: reading the array may run Python code that changes a list.
  const auto sequence = py::reinterpret_steal<py::object>(PySequence_Tuple(pair));
  if (!sequence) return refuse_pairs(prefix, PyExc_TypeError);
  if (PyTuple_GET_SIZE(sequence.ptr()) != 2) return refuse_pairs(prefix, PyExc_ValueError);
  PyObject* values = PyTuple_GET_ITEM(sequence.ptr(), 1);
  if (values == Py_None) return true;
  const py::object name = joined_name(prefix, PyTuple_GET_ITEM(sequence.ptr(), 0));
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
  if (!PyUnicode_Check(v[0])) {
    PyErr_Format(PyExc_TypeError, "prefix must be a str, not %s: %R", Py_TYPE(v[0])->tp_name, v[0]);
    return nullptr;
  }
  EventStamp stamp;
  LentBuffer lent;
  ByteBuffer& summary = *lent;
  if (!stamp_from_python(state_of(self), v[0], v[2], v[3], stamp)) return nullptr;
  const bool is_mapping = PyDict_Check(v[1]) || PyObject_HasAttrString(v[1], "items");
  const auto pairs = is_mapping ? py::reinterpret_steal<py::object>(PyMapping_Items(v[1]))
                                : py::reinterpret_borrow<py::object>(v[1]);
  if (!pairs) return nullptr;
  const auto iterator = py::reinterpret_steal<py::object>(PyObject_GetIter(pairs.ptr()));
  if (!iterator) {
    refuse_pairs(v[0], PyExc_TypeError);
    return nullptr;
  }
  while (const auto pair = py::reinterpret_steal<py::object>(PyIter_Next(iterator.ptr()))) {
    if (!append_pair(self, v[0], pair.ptr(), {v[4], v[5]}, stamp.step, summary)) return nullptr;
  }
  if (PyErr_Occurred() != nullptr) return nullptr;
  if (!summary.empty() && !append_summary(self, stamp, summary.bytes())) return nullptr;
  Py_RETURN_NONE;
}

}  // namespace tbx::bindings
