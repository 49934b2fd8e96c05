// METH_FASTCALL | METH_KEYWORDS methods: their arguments, an array of positional values, then
// keyword values; and the border that no C++ exception passes.
//
// pybind11's dispatcher costs 100 ns a call before it does anything, which is more than a whole
// add_scalar().
#pragma once

#include <array>
#include <cstddef>
#include <exception>

#include "bindings/errors.h"
#include "bindings/python.h"

namespace tbx::bindings {

// The parameters of one method: the first kPositional may be given by position, the first kRequired
// must be given.
template <std::size_t kCount>
class Signature {
 public:
  Signature(const char* function, const std::array<const char*, kCount>& names,
            std::size_t required, std::size_t positional)
      : function_(function), required_(required), positional_(positional) {
    for (std::size_t i = 0; i < kCount; ++i) names_[i] = PyUnicode_InternFromString(names[i]);
  }

  using Values = std::array<PyObject*, kCount>;  // borrowed; null where not given

  // False and a TypeError worded as Python's own where the arguments do not fit.
  bool parse(PyObject* const* args, Py_ssize_t positional_count, PyObject* keywords,
             Values& values) const {
    const auto given = static_cast<std::size_t>(positional_count);
    if (given > positional_) {
      PyErr_Format(PyExc_TypeError, "%s() takes at most %zu positional arguments (%zu given)",
                   function_, positional_, given);
      return false;
    }
    // All of them, of a number that the compiler knows: it would call memcpy() for `given`
    // pointers.
    for (std::size_t i = 0; i < kCount; ++i) values[i] = i < given ? args[i] : nullptr;
    if (keywords == nullptr && given >= required_) [[likely]]
      return true;
    if (keywords != nullptr) {
      const Py_ssize_t count = PyTuple_GET_SIZE(keywords);
      for (Py_ssize_t i = 0; i < count; ++i) {
        if (!put(PyTuple_GET_ITEM(keywords, i), args[positional_count + i], values)) return false;
      }
    }
    for (std::size_t i = 0; i < required_; ++i) {
      if (values[i] == nullptr) {
        PyErr_Format(PyExc_TypeError, "%s() missing required argument: %R", function_, names_[i]);
        return false;
      }
    }
    return true;
  }

 private:
  bool put(PyObject* keyword, PyObject* value, Values& values) const {
    std::size_t index = 0;
    while (index < kCount && names_[index] != keyword)
      ++index;  // keywords in source code are interned
    if (index == kCount) {
      for (index = 0; index < kCount && PyUnicode_Compare(names_[index], keyword) != 0;) ++index;
    }
    if (index == kCount) {
      PyErr_Format(PyExc_TypeError, "%s() got an unexpected keyword argument %R", function_,
                   keyword);
      return false;
    }
    if (values[index] != nullptr) {
      PyErr_Format(PyExc_TypeError, "%s() got multiple values for argument %R", function_, keyword);
      return false;
    }
    values[index] = value;
    return true;
  }

  const char* function_;
  std::size_t required_;
  std::size_t positional_;
  std::array<PyObject*, kCount> names_{};
};

// What `function()` returns, or null and a Python exception where it throws: through the frames of
// the interpreter, which are C, an exception would end the process. Not for all that can be thrown:
// what ends a daemon thread of an interpreter that is ending must pass.
template <typename Function>
PyObject* without_exceptions(Function function) {
  try {
    return function();
  } catch (std::exception& exception) {
    set_python_error(exception);
    return nullptr;
  }
}

// The entry of a PyMethodDef for a method that lets no exception out.
inline PyCFunction fastcall_entry(PyObject* (*method)(PyObject*, PyObject* const*, Py_ssize_t,
                                                      PyObject*)) {
  return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(method));
}

// That of any method.
template <auto* method>
PyCFunction fastcall() {
  return fastcall_entry(
      [](PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* keywords) {
        return without_exceptions([&] { return method(self, args, count, keywords); });
      });
}

template <auto* method>
PyObject* plain_call(PyObject* self, PyObject* argument) {
  return without_exceptions([&] { return method(self, argument); });
}

}  // namespace tbx::bindings
