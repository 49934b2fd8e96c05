// The native base of both SummaryWriters: the state behind add_scalar(), log() and
// add_histogram(), and the way of an event into the queue.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "bindings/clean_tags.h"
#include "bindings/event_file_handle.h"
#include "bindings/python.h"
#include "bindings/scalar_arguments.h"
#include "tbx/base/byte_buffer.h"
#include "tbx/base/wall_clock.h"
#include "tbx/event/event_encoder.h"
#include "tbx/writer/event_writer.h"

namespace tbx::bindings {

// Guarded by the GIL.
struct SummaryState {
  // The file that events go to; null while there is none, or where nothing is to be written. Its
  // id may be another file's once it is closed, so nothing is appended to it then.
  std::shared_ptr<EventFileHandle> file;
  // Events go to the Python method _hand_over() instead; `file` is null then.
  bool is_intercepted = false;

  bool discards = false;      // validate, then forget: write_to_disk=False
  bool cleans_tags = true;    // as tensorboardX does; torch does not
  bool warns_of_nan = true;   // likewise
  std::int64_t log_freq = 1;  // scalars whose step is not a multiple are skipped

  std::optional<std::int64_t> default_step;  // use_metadata()
  std::optional<double> default_wall_time;

  WallClock clock;

  CleanTags clean_tags;
  std::unordered_map<std::string, std::string> cleaned_tags;  // those that needed a closer look
  std::unordered_set<std::string> warned_tags;  // a value was not finite: told once per tag
};

struct SummaryObject {
  PyObject_HEAD SummaryState* state;
};

inline SummaryState& state_of(PyObject* self) {
  return *reinterpret_cast<SummaryObject*>(self)->state;
}

// Every function below returns false with a Python exception set where it fails.

// The stamp of an event from global_step and walltime, with the defaults of use_metadata(). `skip`,
// for scalars alone, is set where log_freq says so.
bool stamp_from_python(SummaryState& state, PyObject* tag, PyObject* step, PyObject* wall_time,
                       EventStamp& stamp, bool* skip = nullptr);

// UTF-8 of the str `object`, as long as it and `bytes` live. Where tags are cleaned, a lone
// surrogate passes, as the three bytes that it would have: cleaning replaces it.
bool other_raw_tag_from_python(const SummaryState& state, PyObject* object, std::string_view& raw,
                               py::object& bytes);
inline bool raw_tag_from_python(const SummaryState& state, PyObject* object, std::string_view& raw,
                                py::object& bytes) {
  return plain_tag_from_python(object, raw) || other_raw_tag_from_python(state, object, raw, bytes);
}

// The str of a raw tag.
py::object raw_tag_to_python(std::string_view raw);

// `raw`, the tag of the str `object` (null: of none), as it goes into the file; lives as long as
// `raw` and `cleaned`. Not in the state's memory of tags, which Python code that runs before the
// tag is written may clear.
inline bool clean_tag(SummaryState& state, PyObject* object, std::string_view raw,
                      std::string& cleaned, std::string_view& tag);
bool clean_tag_by_looking(SummaryState& state, PyObject* object, std::string_view raw,
                          std::string& cleaned, std::string_view& tag);
inline bool clean_tag(SummaryState& state, PyObject* object, std::string_view raw,
                      std::string& cleaned, std::string_view& tag) {
  if (!state.cleans_tags || (object != nullptr && state.clean_tags.hold(object))) [[likely]] {
    tag = raw;
    return true;
  }
  return clean_tag_by_looking(state, object, raw, cleaned, tag);
}

// Logs a warning, once per tag, that `count` of the `among` values given are not finite.
bool warn_of_not_finite(SummaryState& state, std::string_view tag, std::int64_t step,
                        std::uint64_t count = 1, std::uint64_t among = 1);
bool warn_if_not_finite(SummaryState& state, std::string_view tag, double value, std::int64_t step);

inline bool is_open(const SummaryState& state) {
  return state.file != nullptr && !state.file->closed;
}

// Opens a file where there is none, or finds that events are intercepted, by the Python method
// _get_file_writer().
bool ensure_open(PyObject* self);

// Hands an event to the Python method _hand_over(), as bytes.
bool hand_over(PyObject* self, const ByteBuffer& event);

// Hands what the drain met to the Python method _report_failure().
bool report_failure(PyObject* self);

// The way for events that do not fit into the ring now, or into one record of it.
bool append_by_waiting(PyObject* self, const ByteBuffer& event);

// Appends an event of `size` bytes, which `write` puts at the std::byte* it is given.
template <typename Write>
bool append_event_in_place(PyObject* self, std::size_t size, Write write) {
  const SummaryState& state = state_of(self);
  if (state.discards) return true;
  if (!is_open(state)) [[unlikely]] {
    if (!state.is_intercepted && !ensure_open(self)) return false;
    if (state.is_intercepted) {
      ByteBuffer event;
      write(event.grow(size));
      return hand_over(self, event);
    }
  }
  EventQueue& queue = state.file->writer->queue();
  EventQueue::Slot slot;
  if (size <= queue.max_payload_bytes() &&
      queue.try_reserve(state.file->id, size, slot) == AppendResult::kAppended) [[likely]] {
    write(slot.payload);
    queue.commit_exclusively(slot, size);
  } else {
    ByteBuffer event;
    write(event.grow(size));
    if (!append_by_waiting(self, event)) return false;
    // Meanwhile another thread may have closed the writer, and taken its queue along.
    if (!is_open(state)) return true;
  }
  return !state.file->writer->failures().is_set() || report_failure(self);
}

// Appends an event around a Summary of `summary_bytes`, which `write` writes.
template <typename Write>
bool append_summary_in_place(PyObject* self, const EventStamp& stamp, std::size_t summary_bytes,
                             Write write) {
  const std::size_t size = summary_event_size(stamp, summary_bytes);
  if (size > kMaxEventBytes) {
    PyErr_Format(PyExc_ValueError, "an event of %zu bytes is larger than protobuf's 2 GiB", size);
    return false;
  }
  return append_event_in_place(self, size, [&](std::byte* event) {
    wire::Writer out(event);
    out = write_summary_event_header(out, stamp, summary_bytes);
    write(out);
  });
}

// Appends an event around a serialized Summary.
bool append_summary(PyObject* self, const EventStamp& stamp, std::span<const std::byte> summary);

}  // namespace tbx::bindings
