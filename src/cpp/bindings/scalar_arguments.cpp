#include "bindings/scalar_arguments.h"

#include <array>
#include <cmath>

namespace tbx::bindings {
namespace {

// What alone turns an object into its value: PyNumber_Float() for numpy's scalars, the method
// item() for torch's tensors.
enum class ShortWay { kNone, kFloat, kItem };

// The short ways that were found out, once per type, by tbx_native._arguments.short_way. Strong
// references, for the process's life, so that an address stays a type.
class ShortWays {
 public:
  ShortWay of(PyTypeObject* type) const {
    for (std::size_t i = 0; i < count_; ++i) {
      if (types_[i] == type) return ways_[i];
    }
    return ShortWay::kNone;
  }

  bool is_full() const { return count_ == types_.size(); }

  // Unless there is no room, or another thread has found it out meanwhile.
  void add(PyTypeObject* type, ShortWay way) {
    if (is_full() || of(type) != ShortWay::kNone) return;
    Py_INCREF(type);
    types_[count_] = type;
    ways_[count_++] = way;
  }

 private:
  std::array<PyTypeObject*, 16> types_{};
  std::array<ShortWay, 16> ways_{};
  std::size_t count_ = 0;
};

ShortWays short_ways;

// kNone without an exception if there is no short way.
ShortWay learn_short_way(PyTypeObject* type) {
  if (short_ways.is_full() || type->tp_as_number == nullptr ||
      type->tp_as_number->nb_float == nullptr) {
    return ShortWay::kNone;
  }
  const auto answer = py::reinterpret_steal<py::object>(
      call_arguments_module("short_way", reinterpret_cast<PyObject*>(type)));
  if (!answer) {
    PyErr_Clear();  // the long way reports what is wrong
    return ShortWay::kNone;
  }
  const std::string name = py::str(answer);
  const ShortWay way = name == "float"  ? ShortWay::kFloat
                       : name == "item" ? ShortWay::kItem
                                        : ShortWay::kNone;
  if (way != ShortWay::kNone) short_ways.add(type, way);
  return way;
}

// False with an exception if `object` holds more than one element, say, or a complex number.
bool double_by_short_way(PyObject* object, ShortWay way, double& value) {
  static PyObject* const item = PyUnicode_InternFromString("item");
  PyObject* number =
      way == ShortWay::kFloat ? PyNumber_Float(object) : PyObject_CallMethodNoArgs(object, item);
  if (number == nullptr) return false;
  value = PyFloat_AsDouble(number);
  Py_DECREF(number);
  return value != -1.0 || PyErr_Occurred() == nullptr;
}

// The long way: conversion in Python, which also phrases the exception.
bool double_by_call(const char* function, PyObject* tag, PyObject* object, double& value) {
  PyObject* converted = call_arguments_module(function, tag, object);
  if (converted == nullptr) return false;
  value = PyFloat_AsDouble(converted);
  Py_DECREF(converted);
  return true;
}

constexpr std::array<bool, 256> kCleanBytes = [] {
  std::array<bool, 256> clean{};
  for (const char c :
       std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-/.")) {
    clean[static_cast<unsigned char>(c)] = true;
  }
  return clean;
}();

}  // namespace

bool is_plainly_clean(std::string_view tag) noexcept {
  bool clean = tag.empty() || tag.front() != '/';
  for (const char c : tag) clean &= kCleanBytes[static_cast<unsigned char>(c)];
  return clean;
}

bool tag_from_python(PyObject* object, std::string_view& tag) {
  if (PyUnicode_Check(object)) [[likely]] {
    Py_ssize_t size;
    if (const char* utf8 = PyUnicode_AsUTF8AndSize(object, &size)) [[likely]] {
      tag = {utf8, static_cast<std::size_t>(size)};
      return true;
    }
    PyErr_Clear();
    PyErr_Format(PyExc_ValueError, "tag %R cannot be encoded as UTF-8", object);
    return false;
  }
  PyErr_Format(PyExc_TypeError, "tag must be a str, not %.200s: %R", Py_TYPE(object)->tp_name,
               object);
  return false;
}

bool step_from_python(PyObject* tag, PyObject* object, std::optional<std::int64_t>& step) {
  if (object == nullptr || object == Py_None) {
    step.reset();
    return true;
  }
  if (PyLong_Check(object)) [[likely]] {
    int overflow;
    const long long value = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (overflow == 0) [[likely]] {
      step = value;
      return true;
    }
  }
  PyObject* converted = call_arguments_module("to_step", tag, object);
  if (converted == nullptr) return false;
  step = PyLong_AsLongLong(converted);
  Py_DECREF(converted);
  return true;
}

bool wall_time_from_python(PyObject* tag, PyObject* object, double& wall_time) {
  if (PyFloat_Check(object)) {
    wall_time = PyFloat_AS_DOUBLE(object);
    if (std::isfinite(wall_time)) return true;
  }
  return double_by_call("to_wall_time", tag, object, wall_time);
}

bool other_number_without_call(PyObject* object, double& value) {
  if (PyLong_Check(object)) {
    value = PyLong_AsDouble(object);
    if (value != -1.0 || PyErr_Occurred() == nullptr) return true;
    PyErr_Clear();  // beyond the range of a double
    return false;
  }
  ShortWay way = short_ways.of(Py_TYPE(object));
  // A subclass's, np.float64's for one. After the look for a short way, which for other types is
  // the shorter search.
  if (way == ShortWay::kNone && PyFloat_Check(object)) {
    value = PyFloat_AS_DOUBLE(object);
    return true;
  }
  if (way == ShortWay::kNone) way = learn_short_way(Py_TYPE(object));
  if (way == ShortWay::kNone) return false;
  if (double_by_short_way(object, way, value)) return true;
  PyErr_Clear();  // the long way says what is wrong
  return false;
}

bool value_from_python(PyObject* tag, PyObject* object, double& value) {
  return number_without_call(object, value) || double_by_call("to_value", tag, object, value);
}

}  // namespace tbx::bindings
