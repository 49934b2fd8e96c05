// EventWriter (a queue and its files) and EventFile (one of them).
#include <cerrno>
#include <limits>
#include <utility>

#include "bindings/append_event.h"
#include "bindings/errors.h"
#include "bindings/event_file_handle.h"
#include "bindings/gil.h"
#include "bindings/registers.h"
#include "tbx/base/clock.h"
#include "tbx/event/event_encoder.h"
#include "tbx/sink/file_sink.h"
#include "tbx/writer/drain.h"
#include "tbx/writer/patient_call.h"

namespace tbx::bindings {
namespace {

std::chrono::nanoseconds from_secs(double secs) {
  // Beyond a century it is "for ever"; the conversion of larger values would be undefined.
  constexpr double kCentury = 3.2e9;
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::duration<double>(std::min(std::max(secs, 0.0), kCentury)));
}

// Flushing or closing, done by another thread: what it asks of a device may hang.
class PatientStep {
 public:
  // `step(patience, error)` answers false where it could not begin within `patience`.
  template <typename Step>
  PatientStep(std::chrono::nanoseconds patience, const char* what, Step step)
      : timed_out_{ErrorCode::kIo, ETIMEDOUT, what, {}},
        call_([=, error = error_, timed_out = timed_out_]() noexcept {
          *error = error_of([&] {
            Error failure;
            return step(patience, failure) ? failure : timed_out;
          });
        }) {}

  bool has_returned(std::chrono::nanoseconds patience) const noexcept {
    return call_.has_returned(patience);
  }

  // ETIMEDOUT as long as it has not returned.
  Error error() const { return has_returned(std::chrono::nanoseconds(0)) ? *error_ : timed_out_; }

 private:
  const std::shared_ptr<Error> error_ = std::make_shared<Error>();
  const Error timed_out_;
  const PatientCall call_;
};

constexpr const char* kNotClosed = "event files could not be closed in time";

// The step of a PatientStep that closes `writer`.
auto closing(const std::shared_ptr<EventWriter>& writer) {
  return [writer](std::chrono::nanoseconds patience, Error& error) {
    return writer->close(patience, error);
  };
}

// How long a writer that nobody closed may hold up whoever drops it.
constexpr auto kDropPatience = std::chrono::seconds(10);

// Python has dropped its last reference; often it is the garbage collector that did.
void drop_writer(std::shared_ptr<EventWriter>& writer) {
  if (writer->is_abandoned() || writer->is_closed()) return;
  Error error;
  {
    // Closing waits for the drain: not with the GIL. And it is done here, not left to the
    // destructor, because the drain may hold the writer a moment longer than the process lives.
    const WithoutGil without_gil;
    const PatientStep step(kDropPatience, kNotClosed, closing(writer));
    (void)step.has_returned(kDropPatience);
    error = step.error();
    if (error.sys_errno == ETIMEDOUT) writer->abandon();
    writer.reset();
  }
  if (!error) return;
  const py::error_scope around_a_destructor;
  set_python_error(error);
  PyErr_WriteUnraisable(nullptr);  // events were lost, and nobody can catch it
}

std::shared_ptr<EventWriter> make_writer(std::size_t queue_bytes, bool drop_on_overflow,
                                         double overflow_timeout, double flush_secs) {
  EventWriterOptions options;
  options.queue_bytes = queue_bytes;
  options.overflow = drop_on_overflow ? OverflowPolicy::kDrop : OverflowPolicy::kBlock;
  options.overflow_timeout = from_secs(overflow_timeout);
  options.flush_interval = from_secs(flush_secs);
  std::shared_ptr<EventWriter> writer = EventWriter::open(options);
  EventWriter* raw = writer.get();
  return {raw, [writer = std::move(writer)](EventWriter*) mutable { drop_writer(writer); }};
}

std::shared_ptr<EventFileHandle> open_file(const std::shared_ptr<EventWriter>& writer,
                                           const std::string& directory,
                                           const std::string& filename_suffix,
                                           std::optional<std::int64_t> purge_step,
                                           const std::string& source_writer) {
  EventWriter::OpenedFile opened;
  {
    const WithoutGil without_gil;
    opened = writer->open_file(directory, {filename_suffix, source_writer, purge_step});
  }
  return std::make_shared<EventFileHandle>(
      EventFileHandle{writer, opened.id, std::move(opened.path), false, opened.recovered.events});
}

std::shared_ptr<EventFileHandle> attach_file(const std::shared_ptr<EventWriter>& writer,
                                             const std::string& path, std::uint64_t end) {
  EventWriter::OpenedFile opened;
  {
    const WithoutGil without_gil;
    opened = writer->attach_file(path, end);
  }
  return std::make_shared<EventFileHandle>(
      EventFileHandle{writer, opened.id, std::move(opened.path)});
}

void pause_drain(double secs) {
  const WithoutGil without_gil;
  Drain::process_wide().pause(from_secs(secs));
}

py::dict recover_directory(const std::string& directory) {
  RecoveryReport report;
  {
    const WithoutGil without_gil;
    report = tbx::recover_directory(directory);
  }
  py::list errors;
  for (const Error& error : report.errors) errors.append(to_python_exception(error));
  py::dict result;
  result["rings"] = report.rings;
  result["events"] = report.events;
  result["unwanted"] = report.unwanted;
  result["errors"] = errors;
  return result;
}

constexpr double kForEver = std::numeric_limits<double>::infinity();

// Runs `step(patience, error)` until it answers true, for at most `secs`.
template <typename Step>
Error wait_at_most(double secs, const char* what, Step step) {
  if (secs == kForEver) {
    Error error;
    wait_without_gil([&](std::chrono::nanoseconds patience) { return step(patience, error); });
    return error;
  }
  const std::chrono::nanoseconds limit = from_secs(secs);
  const std::int64_t end = monotonic_ns() + limit.count();
  const PatientStep begun(limit, what, step);
  wait_without_gil([&](std::chrono::nanoseconds patience) {
    return begun.has_returned(patience) || monotonic_ns() >= end;
  });
  return begun.error();
}

void flush(const std::shared_ptr<EventWriter>& writer, double secs) {
  const std::uint64_t target = writer->flush_target();
  throw_python_error_if(
      wait_at_most(secs, "event files could not be flushed in time",
                   [writer, target](std::chrono::nanoseconds patience, Error& error) {
                     return writer->flush(target, patience, error);
                   }));
}

void close(const std::shared_ptr<EventWriter>& writer, double secs) {
  const Error failure = wait_at_most(secs, kNotClosed, closing(writer));
  // Whose program ends, and who has told of it, does not wait once more when the writer goes.
  if (failure.sys_errno == ETIMEDOUT && secs != kForEver) writer->abandon();
  throw_python_error_if(failure);
}

py::object path_to_python(const std::string& path) {
  return py::reinterpret_steal<py::object>(
      PyUnicode_DecodeFSDefaultAndSize(path.data(), static_cast<Py_ssize_t>(path.size())));
}

py::dict stats(const EventWriter& writer) {
  const WriterStats stats = writer.stats();
  py::dict result;
  result["events_enqueued"] = stats.events_enqueued;
  result["bytes_enqueued"] = stats.bytes_enqueued;
  result["events_written"] = stats.events_written;
  result["bytes_written"] = stats.bytes_written;
  result["events_dropped"] = stats.events_dropped;
  result["blocked_secs"] = static_cast<double>(stats.blocked_ns) * 1e-9;
  result["write_errors"] = stats.write_errors;
  result["ring_used_bytes"] = stats.ring_used_bytes;
  result["ring_capacity_bytes"] = stats.ring_capacity_bytes;
  result["queue_file"] = path_to_python(writer.ring_file_path());
  return result;
}

// False where the event was dropped.
bool append(const EventFileHandle& file, const py::bytes& event) {
  const std::string_view content = event;
  const auto payload = std::as_bytes(std::span(content));
  file.writer->keep_ring_in_file();
  if (std::string problem = event_problem(payload); !problem.empty()) {
    throw py::value_error("not an event that TensorBoard could read: " + problem);
  }
  switch (file.closed ? AppendOutcome::kClosed : append_event(file.writer, file.id, payload)) {
    case AppendOutcome::kAppended:
      return true;
    case AppendOutcome::kDropped:
      return false;
    case AppendOutcome::kClosed:
      set_writer_closed();
      break;
    case AppendOutcome::kPythonError:
      break;
  }
  throw py::error_already_set();
}

py::bytes encode_summary_event(const py::bytes& summary, double wall_time, std::int64_t step) {
  const std::string_view content = summary;
  const EventStamp stamp{wall_time, step};
  const std::size_t size = summary_event_size(stamp, content.size());
  PyObject* event = PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(size));
  if (event == nullptr) throw py::error_already_set();
  wire::Writer out(reinterpret_cast<std::byte*>(PyBytes_AS_STRING(event)));
  out = write_summary_event_header(out, stamp, content.size());
  out.raw(content.data(), content.size());
  return py::reinterpret_steal<py::bytes>(event);
}

void close_file(EventFileHandle& file) {
  // First, so that nothing is appended behind the flush.
  if (std::exchange(file.closed, true)) return;
  try {
    flush(file.writer, kForEver);
  } catch (...) {
    file.closed = false;  // it keeps what could not be written, and is tried again
    throw;
  }
  throw_python_error_if(file.writer->close_file(file.id));
}

}  // namespace

void register_event_writer(py::module_& module) {
  module.def("encode_summary_event", &encode_summary_event, py::arg("summary"),
             py::arg("wall_time"), py::arg("step"),
             "The serialized Event around a serialized Summary.");

  module.def("recover_directory", &recover_directory, py::arg("directory"),
             "Appends what killed processes left in the queue files of a directory.");

  module.def("pause_drain", &pause_drain, py::arg("secs"),
             "Writes what is in the queues and ends the thread that does so, until the next event; "
             "gives up after some seconds.");

  module.def(
      "set_lock_patience", [](double secs) { FileSink::set_lock_patience(from_secs(secs)); },
      py::arg("secs"), "How long to wait for another process that keeps an event file locked.");

  py::class_<EventFileHandle, std::shared_ptr<EventFileHandle>>(module, "EventFile",
                                                                "One event file of an EventWriter.")
      .def("append", &append, py::arg("event"),
           "Appends a serialized Event; False: it was dropped for want of room.")
      .def("close", &close_file, "Flushes, then closes the file; a second call does nothing.")
      .def_property_readonly("closed", &EventFileHandle::is_closed)
      .def_property_readonly(
          "end", [](const EventFileHandle& file) { return file.writer->file_end(file.id); },
          "Where the records end that this process has written, in bytes.")
      .def_property_readonly("path",
                             [](const EventFileHandle& file) { return path_to_python(file.path); })
      .def_readonly("recovered_events", &EventFileHandle::recovered_events);

  py::class_<EventWriter, std::shared_ptr<EventWriter>>(
      module, "EventWriter", "A queue, and the event files that are fed from it.")
      .def(py::init(&make_writer), py::kw_only(), py::arg("queue_bytes"),
           py::arg("drop_on_overflow"), py::arg("overflow_timeout"), py::arg("flush_secs"))
      .def("open_file", &open_file, py::arg("directory"), py::arg("filename_suffix"),
           py::arg("purge_step"), py::arg("source_writer"),
           "Creates an event file in a directory; both names are bytes.")
      .def("attach_file", &attach_file, py::arg("path"), py::arg("end"),
           "Opens an event file that other processes append to as well; up to `end` it is whole.")
      .def("flush", &flush, py::arg("patience") = kForEver,
           "Everything appended so far is in the files, and on the device, when this returns.")
      .def("close", &close, py::arg("patience") = kForEver,
           "Flushes, then closes all files; a second call does nothing.")
      .def_property_readonly("closed", &EventWriter::is_closed)
      .def("stats", &stats, "The counters, by name.")
      .def(
          "ask_for_report", [](EventWriter& writer) { writer.failures().ask_for_report(); },
          "Has the next call of a native method ask for failures.")
      .def(
          "take_failure",
          [](EventWriter& writer) -> py::object {
            const Error error = writer.failures().take();
            return error ? to_python_exception(error) : py::object(py::none());
          },
          "What the drain met since the last call, or None.");
}

}  // namespace tbx::bindings
