// A Python class whose methods do nothing, or read the clock: what a call of a C method costs
// before it has done anything. Built by benchmarks/python/empty_methods.py.
#include <Python.h>
#include <time.h>

namespace {

PyObject* empty(PyObject*, PyObject* const*, Py_ssize_t, PyObject*) { Py_RETURN_NONE; }

PyObject* read_clock(PyObject*, PyObject* const*, Py_ssize_t, PyObject*) {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  Py_RETURN_NONE;
}

PyMethodDef method(const char* name, decltype(empty)* function) {
  // By way of a function without arguments: compilers warn of any other cast.
  return {name, reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function)),
          METH_FASTCALL | METH_KEYWORDS, nullptr};
}

PyMethodDef methods[] = {method("empty", empty), method("read_clock", read_clock), {}};
PyType_Slot slots[] = {{Py_tp_methods, methods}, {0, nullptr}};
PyType_Spec spec = {"empty_methods.EmptyMethods", sizeof(PyObject), 0, Py_TPFLAGS_DEFAULT, slots};

PyModuleDef module = {PyModuleDef_HEAD_INIT,
                      "empty_methods",
                      nullptr,
                      -1,
                      nullptr,
                      nullptr,
                      nullptr,
                      nullptr,
                      nullptr};

}  // namespace

PyMODINIT_FUNC PyInit_empty_methods() {
  PyObject* created = PyModule_Create(&module);
  PyObject* type = PyType_FromSpec(&spec);
  if (created == nullptr || type == nullptr ||
      PyModule_AddObject(created, "EmptyMethods", type) != 0) {
    Py_XDECREF(type);
    Py_XDECREF(created);
    return nullptr;
  }
  return created;
}
