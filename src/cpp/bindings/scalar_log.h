// log(): a nested mapping of numbers as one event.
#pragma once

#include "bindings/python.h"

namespace tbx::bindings {

// False with a Python exception set; nothing was appended then. `step` and `wall_time` may be null.
bool log_metrics(PyObject* self, PyObject* metrics, PyObject* step, PyObject* wall_time);

}  // namespace tbx::bindings
