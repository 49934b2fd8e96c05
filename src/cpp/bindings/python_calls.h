// Calls into the package's Python modules: the long way of decisions that need no speed.
#pragma once

#include "bindings/python.h"

namespace tbx::bindings {

// Calls `function` of `module`; null and a Python exception where that raises.
template <typename... Args>
PyObject* call_python(const char* module, const char* function, Args... args) {
  const auto name = py::reinterpret_steal<py::object>(PyUnicode_FromString(module));
  if (!name) return nullptr;
  // Importing what has been imported takes longer than most of the calls.
  auto imported = py::reinterpret_steal<py::object>(PyImport_GetModule(name.ptr()));
  if (!imported && PyErr_Occurred() == nullptr) {
    imported = py::reinterpret_steal<py::object>(PyImport_Import(name.ptr()));
  }
  if (!imported) return nullptr;
  const auto callable =
      py::reinterpret_steal<py::object>(PyObject_GetAttrString(imported.ptr(), function));
  if (!callable) return nullptr;
  return PyObject_CallFunctionObjArgs(callable.ptr(), args..., nullptr);
}

}  // namespace tbx::bindings
