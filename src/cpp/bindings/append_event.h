// Hands one encoded event to a writer's queue from Python, waiting for room without the GIL.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "bindings/gil.h"
#include "bindings/python.h"
#include "tbx/writer/event_writer.h"

namespace tbx::bindings {

enum class AppendOutcome { kAppended, kDropped, kClosed, kPythonError };

// Needs the GIL, and gives it up: other threads may run meanwhile, and signal handlers do.
// kPythonError: one of them raised; the event was not appended.
AppendOutcome append_event(const std::shared_ptr<EventWriter>& writer, std::uint32_t file_id,
                           std::span<const std::byte> payload);

// Runs `step(patience)` without the GIL until it answers true, and signal handlers in between.
// Throws py::error_already_set if one of those raises.
template <typename Step>
void wait_without_gil(Step step) {
  // How late Ctrl-C may be noticed.
  constexpr auto kPatience = std::chrono::milliseconds(50);
  for (;;) {
    {
      const WithoutGil without_gil;
      if (step(std::chrono::nanoseconds(kPatience))) return;
    }
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
  }
}

}  // namespace tbx::bindings
