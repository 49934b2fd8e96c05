// From Python objects to the arguments of a scalar event: what is a tag, a step, a wall time, one
// number.
//
// Each function sets a Python exception that names tag and value, and returns false, where the
// object is not one.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "bindings/python.h"

namespace tbx::bindings {

// UTF-8 of a str, valid as long as `object` lives.
bool tag_from_python(PyObject* object, std::string_view& tag);

// True for tags of [-/a-zA-Z0-9_.] that do not start with "/": those that cleaning leaves alone
// without a closer look.
bool is_plainly_clean(std::string_view tag) noexcept;

// None is no step.
bool step_from_python(PyObject* tag, PyObject* object, std::optional<std::int64_t>& step);

bool wall_time_from_python(PyObject* tag, PyObject* object, double& wall_time);

// Numbers, numpy scalars, and 0-d or 1-element arrays and tensors.
bool value_from_python(PyObject* tag, PyObject* object, double& value);

// The short way for the types that nearly every value has. False without an exception where it does
// not apply.
inline bool number_without_call(PyObject* object, double& value);

// ---- what nearly every call has, inline ----

// A str of ASCII, which is its own UTF-8. False without an exception for anything else.
inline bool plain_tag_from_python(PyObject* object, std::string_view& tag) {
  if (!PyUnicode_Check(object) || !PyUnicode_IS_COMPACT_ASCII(object)) [[unlikely]]
    return false;
  tag = {static_cast<const char*>(PyUnicode_DATA(object)),
         static_cast<std::size_t>(PyUnicode_GET_LENGTH(object))};
  return true;
}

[[gnu::noinline]] bool other_number_without_call(PyObject* object, double& value);
inline bool number_without_call(PyObject* object, double& value) {
  if (PyFloat_CheckExact(object)) [[likely]] {
    value = PyFloat_AS_DOUBLE(object);
    return true;
  }
  return other_number_without_call(object, value);
}

// Calls the function `name` of the Python module tbx_native._arguments; null and a Python exception
// where it raises.
template <typename... Args>
PyObject* call_arguments_module(const char* name, Args... args) {
  // A reference for the process's life. Not initialised by the import itself: that may let another
  // thread run, which would wait here with the GIL for this one, which would wait for the GIL.
  static PyObject* module = nullptr;
  if (module == nullptr) {
    PyObject* imported = PyImport_ImportModule("tbx_native._arguments");
    if (imported == nullptr) return nullptr;
    module = imported;
  }
  PyObject* function = PyObject_GetAttrString(module, name);
  if (function == nullptr) return nullptr;
  PyObject* result = PyObject_CallFunctionObjArgs(function, args..., nullptr);
  Py_DECREF(function);
  return result;
}

}  // namespace tbx::bindings
