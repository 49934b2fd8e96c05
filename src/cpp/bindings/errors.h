// From the core's errors to Python's exceptions; the table is in register_errors.cpp.
#pragma once

#include <exception>

#include "bindings/python.h"
#include "tbx/base/error.h"

namespace tbx::bindings {

// Sets the Python exception for `error`. Needs the GIL.
void set_python_error(const Error& error);

// Throws it, if there is one. Needs the GIL.
void throw_python_error_if(const Error& error);

// The exception object for `error`, not raised.
py::object to_python_exception(const Error& error);

// Sets tbx_native.WriterClosedError.
void set_writer_closed();

// Sets the Python exception for one of C++: MemoryError where there was none to be had.
// noinline: not worth a place in those that have all calls of theirs inlined.
[[gnu::noinline]] void set_python_error(std::exception& exception);

}  // namespace tbx::bindings
