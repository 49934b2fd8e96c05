// Giving the GIL up and taking it back, also while the interpreter comes to its end.
#pragma once

#include <cxxabi.h>
#include <unistd.h>

#include "bindings/python.h"

namespace tbx::bindings {

// Gives the GIL up for a scope. Needs it, and has it again at the end.
//
// Before 3.14 CPython ends a daemon thread that wants the GIL back from an interpreter which is
// ending, and does so by unwinding its stack: through destructors, which would terminate the
// process, pybind11's among them (py::gil_scoped_release's and py::gil_scoped_acquire's). Such a
// thread is held here instead, for the little while that the process still lives.
class WithoutGil {
 public:
  WithoutGil() : thread_(PyEval_SaveThread()) {}
  ~WithoutGil() { take_back(); }
  WithoutGil(const WithoutGil&) = delete;
  WithoutGil& operator=(const WithoutGil&) = delete;

  // Runs `function` with the GIL in between. It must not throw. The thread may be ended in the
  // midst of it, if it runs Python code: what it holds is then never released.
  template <typename Function>
  auto with_gil(Function function) {
    take_back();
    const auto result = held_if_ended(function);
    thread_ = PyEval_SaveThread();
    return result;
  }

 private:
  template <typename Function>
  static auto held_if_ended(Function function) {
    try {
      return function();
    } catch (const abi::__forced_unwind&) {
      for (;;) pause();
    }
  }

  void take_back() noexcept {
    held_if_ended([this] { PyEval_RestoreThread(thread_); });
  }

  PyThreadState* thread_;
};

}  // namespace tbx::bindings
