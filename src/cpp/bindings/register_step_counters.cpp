// StepCounters: the lock is waited for without the GIL, and all else done with it.
#include <cerrno>

#include "bindings/errors.h"
#include "bindings/gil.h"
#include "bindings/registers.h"
#include "tbx/count/step_counters.h"

namespace tbx::bindings {
namespace {

bool has_to_wait(const Error& error) {
  return error.sys_errno == EAGAIN || error.sys_errno == EACCES || error.sys_errno == EINTR;
}

std::uint64_t take(StepCounters& counters, const py::bytes& key) {
  Error error = counters.try_lock();
  while (has_to_wait(error)) {
    {
      WithoutGil without_gil;
      error = counters.lock();
    }
    // Here, where nothing is locked, a signal handler may count, too.
    if (error.sys_errno == EINTR && PyErr_CheckSignals() != 0) throw py::error_already_set();
  }
  throw_python_error_if(error);
  // With the GIL: a fork in the middle of it would leave the child half a counter.
  std::uint64_t number = 0;
  error = error_of([&] { return counters.take(std::string_view(key), number); });
  counters.unlock();
  throw_python_error_if(error);
  return number;
}

}  // namespace

void register_step_counters(py::module_& module) {
  py::class_<StepCounters>(module, "StepCounters", "Counters in a file that processes share.")
      .def(py::init<int, std::uint64_t>(), py::arg("descriptor"), py::arg("begin"),
           "Of the file that `descriptor` has open, which is closed in the end; the counters are "
           "behind its first `begin` bytes. One object per file and process.")
      .def("take", &take, py::arg("key"),
           "The number of `key`, from 0 on, which nobody else is given. One thread at a time; a "
           "signal handler may, in the midst of it. Raises OSError.");
}

}  // namespace tbx::bindings
