#include "bindings/scalar_log.h"

#include "bindings/scalar_arguments.h"
#include "bindings/summary_object.h"
#include "tbx/event/summary_encoder.h"

namespace tbx::bindings {
namespace {

// Whether `object` is a collections.abc.Mapping; negative and a Python exception where nobody
// knows.
int is_mapping(PyObject* object) {
  if (PyDict_Check(object)) return 1;
  // A reference for the process's life; initialised as call_arguments_module() does it.
  static PyObject* mapping = nullptr;
  if (mapping == nullptr) {
    const auto module = py::reinterpret_steal<py::object>(PyImport_ImportModule("collections.abc"));
    PyObject* found = module ? PyObject_GetAttrString(module.ptr(), "Mapping") : nullptr;
    if (found == nullptr) return -1;
    mapping = found;
  }
  return PyObject_IsInstance(object, mapping);
}

class MetricsEncoder {
 public:
  MetricsEncoder(SummaryState& state, std::int64_t step) : state_(state), step_(step) {}

  const ByteBuffer& summary() const { return summary_; }

  bool add_mapping(PyObject* metrics) {
    if (PyDict_Check(metrics)) return add_dict(metrics);
    const auto items = py::reinterpret_steal<py::object>(PyMapping_Items(metrics));
    if (!items) return false;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(items.ptr()); ++i) {
      PyObject* item = PyList_GET_ITEM(items.ptr(), i);
      if (!PyTuple_Check(item) || PyTuple_GET_SIZE(item) != 2) {
        PyErr_Format(PyExc_TypeError, "items() of %.200s must be pairs", Py_TYPE(metrics)->tp_name);
        return false;
      }
      if (!add_metric(PyTuple_GET_ITEM(item, 0), PyTuple_GET_ITEM(item, 1))) return false;
    }
    return true;
  }

 private:
  bool add_dict(PyObject* metrics) {
    const Py_ssize_t size = PyDict_Size(metrics);
    Py_ssize_t position = 0;
    PyObject* key;
    PyObject* value;
    while (PyDict_Next(metrics, &position, &key, &value)) {
      // Converting a value may run Python code, which may change the dict.
      const auto keep_key = py::reinterpret_borrow<py::object>(key);
      const auto keep_value = py::reinterpret_borrow<py::object>(value);
      if (!add_metric(key, value)) return false;
      if (PyDict_Size(metrics) != size) {
        PyErr_SetString(PyExc_RuntimeError, "metrics changed size during log()");
        return false;
      }
    }
    return true;
  }

  bool add_metric(PyObject* key, PyObject* value) {
    std::string_view name;
    py::object name_bytes;
    if (!raw_tag_from_python(state_, key, name, name_bytes)) return false;
    double number;
    if (number_without_call(value, number)) [[likely]]
      return add_number(key, name, value, number, true);
    const int is_nested = is_mapping(value);
    if (is_nested < 0) return false;
    if (is_nested == 0) return add_number(key, name, value, number, false);
    const std::size_t outer = prefix_.size();
    prefix_ += name;
    prefix_ += '/';
    const bool added = Py_EnterRecursiveCall(" in log()") == 0 && add_nested(value);
    prefix_.resize(outer);
    return added;
  }

  bool add_nested(PyObject* value) {
    const bool added = add_mapping(value);
    Py_LeaveRecursiveCall();
    return added;
  }

  bool add_number(PyObject* key, std::string_view name, PyObject* object, double number,
                  bool converted) {
    PyObject* str = key;
    std::string_view raw = name;
    if (!prefix_.empty()) {
      joined_.assign(prefix_).append(name);
      str = nullptr;
      raw = joined_;
    }
    if (!converted) {
      const py::object full_name = raw_tag_to_python(raw);
      if (!full_name || !value_from_python(full_name.ptr(), object, number)) return false;
    }
    ScalarValue scalar;
    scalar.value = number;
    if (!clean_tag(state_, str, raw, cleaned_, scalar.tag) ||
        !warn_if_not_finite(state_, scalar.tag, number, step_))
      return false;
    const ScalarField field(scalar);
    (void)field.write(wire::Writer(summary_.grow(field.size())));
    return true;
  }

  SummaryState& state_;
  const std::int64_t step_;
  std::string prefix_;  // of the mapping being added, with its trailing "/"
  std::string joined_;
  std::string cleaned_;
  ByteBuffer summary_;
};

}  // namespace

bool log_metrics(PyObject* self, PyObject* metrics, PyObject* step, PyObject* wall_time) {
  const int are_mapping = is_mapping(metrics);
  if (are_mapping <= 0) {
    if (are_mapping == 0) {
      PyErr_Format(PyExc_TypeError, "metrics must be a mapping, not %.200s: %R",
                   Py_TYPE(metrics)->tp_name, metrics);
    }
    return false;
  }
  EventStamp stamp;
  bool skip;
  if (!stamp_from_python(state_of(self), Py_None, step, wall_time, stamp, &skip)) return false;
  if (skip) return true;
  MetricsEncoder encoder(state_of(self), stamp.step);
  if (!encoder.add_mapping(metrics)) return false;
  const std::span<const std::byte> summary = encoder.summary().bytes();
  if (summary.empty()) return true;  // nothing to say is no event
  return append_summary(self, stamp, summary);
}

}  // namespace tbx::bindings
