#include "bindings/append_event.h"

namespace tbx::bindings {

AppendOutcome append_event(const std::shared_ptr<EventWriter>& writer, std::uint32_t file_id,
                           std::span<const std::byte> payload) {
  const std::shared_ptr<EventWriter> keep_alive = writer;
  bool raised = false;
  AppendResult result;
  {
    // Never wait with the GIL: the thread that would make room, or a signal handler, may need it.
    WithoutGil without_gil;
    result = keep_alive->queue().append(file_id, payload, [&] {
      raised = without_gil.with_gil([] { return PyErr_CheckSignals() != 0; });
      return !raised;
    });
  }
  if (raised) return AppendOutcome::kPythonError;
  switch (result) {
    case AppendResult::kAppended:
      return AppendOutcome::kAppended;
    case AppendResult::kClosed:
      return AppendOutcome::kClosed;
    case AppendResult::kFull:
    case AppendResult::kDropped:
      break;
  }
  return AppendOutcome::kDropped;
}

}  // namespace tbx::bindings
