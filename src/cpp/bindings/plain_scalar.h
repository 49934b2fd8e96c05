// The short way of add_scalar(), for what nearly every call of a loop is: a str that was met
// before, a number that is turned into a float without a closer look, an int, and nothing else.
//
// The long way looks at eight parameters, each of which may be of any type or not given, and at
// every field that an event may have. Where none of that can be, one condition takes its place, and
// the event is always the same but for its numbers: add_scalar() takes two fifths less.
#pragma once

#include <cmath>

#include "bindings/summary_object.h"
#include "tbx/event/short_scalar.h"

namespace tbx::bindings {

// False, and no exception, where the short way does not apply; then nothing was written.
inline bool add_plain_scalar(SummaryState& state, PyObject* tag, PyObject* value, PyObject* step) {
  if (!PyLong_CheckExact(step) || !PyUnicode_CheckExact(tag) ||
      (state.cleans_tags && !state.clean_tags.hold(tag)) || state.log_freq != 1 ||
      state.default_wall_time || state.discards) {
    return false;
  }
  double number;
  // A tensor's may run Python code, and another thread: nothing is known of the file before.
  if (!number_without_call(value, number) || !is_open(state)) return false;
  EventWriter& writer = *state.file->writer;
  // Both are told of when the event is in the queue.
  if (!std::isfinite(number) || writer.failures().is_set()) return false;
  std::string_view text;
  EventStamp stamp;
  int overflow;
  stamp.step = PyLong_AsLongLongAndOverflow(step, &overflow);
  if (overflow != 0 || !plain_tag_from_python(tag, text)) return false;
  stamp.wall_time = state.clock.now_secs();
  if (!ShortScalarEvent::can_be(text, stamp.wall_time)) return false;
  const ShortScalarEvent event(stamp, text, static_cast<float>(number));
  static_assert(ShortScalarEvent::kLargest <= EventQueue::kMinCapacityBytes / 4 - kRingHeaderBytes,
                "every ring takes it in one piece");
  const std::size_t size = event.size();
  EventQueue::Slot slot;
  if (writer.queue().try_reserve(state.file->id, size, slot) != AppendResult::kAppended)
    return false;
  event.write(slot.payload);
  writer.queue().commit_exclusively(slot, size);
  return true;
}

}  // namespace tbx::bindings
