// The one table from the core's error codes to Python's exceptions.
#include <exception>
#include <new>

#include "bindings/errors.h"
#include "bindings/registers.h"

namespace tbx::bindings {
namespace {

// Lives as long as the interpreter; a module attribute holds the other reference.
PyObject* writer_closed_error = nullptr;

}  // namespace

py::object to_python_exception(const Error& error) {
  switch (error.code) {
    case ErrorCode::kIo: {
      // OSError(errno, text, filename) becomes FileNotFoundError, PermissionError … by itself.
      const auto path = py::reinterpret_steal<py::object>(PyUnicode_DecodeFSDefaultAndSize(
          error.path.data(), static_cast<Py_ssize_t>(error.path.size())));
      return py::reinterpret_borrow<py::object>(PyExc_OSError)(error.sys_errno, error.message,
                                                               path);
    }
    case ErrorCode::kClosed:
      return py::reinterpret_borrow<py::object>(writer_closed_error)(error.message);
    case ErrorCode::kOk:
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kCorruptRecord:
      break;
  }
  return py::reinterpret_borrow<py::object>(PyExc_ValueError)(error.message);
}

void set_python_error(const Error& error) {
  const py::object exception = to_python_exception(error);
  PyErr_SetObject(py::type::handle_of(exception).ptr(), exception.ptr());
}

void throw_python_error_if(const Error& error) {
  if (!error) return;
  set_python_error(error);
  throw py::error_already_set();
}

void set_writer_closed() { PyErr_SetString(writer_closed_error, "the writer is closed"); }

void set_python_error(std::exception& exception) {
  if (dynamic_cast<std::bad_alloc*>(&exception) != nullptr) {
    PyErr_NoMemory();
  } else if (auto* raised = dynamic_cast<py::error_already_set*>(&exception)) {
    raised->restore();
  } else if (const auto* of_core = dynamic_cast<ErrorException*>(&exception)) {
    set_python_error(of_core->error());
  } else {
    PyErr_SetString(PyExc_RuntimeError, exception.what());
  }
}

void register_errors(py::module_& module) {
  writer_closed_error = PyErr_NewExceptionWithDoc(
      "tbx_native.WriterClosedError", "Something was written to a file writer after its close().",
      PyExc_ValueError, nullptr);
  if (writer_closed_error == nullptr) throw py::error_already_set();
  module.attr("WriterClosedError") = py::reinterpret_borrow<py::object>(writer_closed_error);
  py::register_exception_translator([](std::exception_ptr pointer) {
    try {
      if (pointer) std::rethrow_exception(pointer);
    } catch (const ErrorException& exception) {
      set_python_error(exception.error());
    }
  });
}

}  // namespace tbx::bindings
