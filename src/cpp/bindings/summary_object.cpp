#include "bindings/summary_object.h"

#include <cmath>

#include "bindings/append_event.h"
#include "bindings/errors.h"

namespace tbx::bindings {
namespace {

// A program that makes up tags for ever must not make the caches grow for ever.
constexpr std::size_t kMaxRememberedTags = 10'000;

// How often a file that was opened may be found closed by another thread: more is no coincidence.
constexpr int kMaxReopenings = 100;

bool call_method(PyObject* self, const char* name) {
  PyObject* result = PyObject_CallMethod(self, name, nullptr);
  Py_XDECREF(result);
  return result != nullptr;
}

}  // namespace

bool stamp_from_python(SummaryState& state, PyObject* tag, PyObject* step, PyObject* wall_time,
                       EventStamp& stamp, bool* skip) {
  std::optional<std::int64_t> given;
  if (!step_from_python(tag, step, given)) return false;
  if (!given) given = state.default_step;
  stamp.step = given.value_or(0);
  if (skip != nullptr) {
    *skip = state.log_freq > 1 && given && *given % state.log_freq != 0;
    if (*skip) return true;
  }
  if (wall_time == nullptr || wall_time == Py_None) {
    stamp.wall_time = state.default_wall_time ? *state.default_wall_time : state.clock.now_secs();
    return true;
  }
  return wall_time_from_python(tag, wall_time, stamp.wall_time);
}

bool other_raw_tag_from_python(const SummaryState& state, PyObject* object, std::string_view& raw,
                               py::object& bytes) {
  if (tag_from_python(object, raw)) return true;
  if (!state.cleans_tags || !PyUnicode_Check(object)) return false;
  PyErr_Clear();
  bytes = py::reinterpret_steal<py::object>(
      PyUnicode_AsEncodedString(object, "utf-8", "surrogatepass"));
  if (!bytes) return false;
  raw = {PyBytes_AS_STRING(bytes.ptr()), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes.ptr()))};
  return true;
}

py::object raw_tag_to_python(std::string_view raw) {
  return py::reinterpret_steal<py::object>(
      PyUnicode_DecodeUTF8(raw.data(), static_cast<Py_ssize_t>(raw.size()), "surrogatepass"));
}

bool clean_tag_by_looking(SummaryState& state, PyObject* object, std::string_view raw,
                          std::string& cleaned, std::string_view& tag) {
  if (is_plainly_clean(raw)) {
    if (object != nullptr) state.clean_tags.add(object);
    tag = raw;
    return true;
  }
  const std::string key(raw);
  if (const auto known = state.cleaned_tags.find(key); known != state.cleaned_tags.end()) {
    cleaned = known->second;
  } else {
    const py::object raw_object = raw_tag_to_python(raw);
    if (!raw_object) return false;
    const auto result =
        py::reinterpret_steal<py::object>(call_arguments_module("clean_tag", raw_object.ptr()));
    std::string_view text;
    if (!result || !tag_from_python(result.ptr(), text)) return false;
    cleaned = text;
    if (state.cleaned_tags.size() >= kMaxRememberedTags) state.cleaned_tags.clear();
    state.cleaned_tags.emplace(key, cleaned);
  }
  tag = cleaned;
  return true;
}

bool warn_if_not_finite(SummaryState& state, std::string_view tag, double value,
                        std::int64_t step) {
  if (std::isfinite(value)) [[likely]]
    return true;
  return warn_of_not_finite(state, tag, step);
}

bool warn_of_not_finite(SummaryState& state, std::string_view tag, std::int64_t step,
                        std::uint64_t count, std::uint64_t among) {
  if (!state.warns_of_nan) return true;
  if (state.warned_tags.size() >= kMaxRememberedTags) state.warned_tags.clear();
  if (!state.warned_tags.emplace(tag).second) return true;
  const py::object tag_object = raw_tag_to_python(tag);
  const auto step_object = py::reinterpret_steal<py::object>(PyLong_FromLongLong(step));
  const auto count_object = py::reinterpret_steal<py::object>(PyLong_FromUnsignedLongLong(count));
  const auto among_object = py::reinterpret_steal<py::object>(PyLong_FromUnsignedLongLong(among));
  if (!tag_object || !step_object || !count_object || !among_object) return false;
  const auto result = py::reinterpret_steal<py::object>(
      call_arguments_module("warn_not_finite", tag_object.ptr(), step_object.ptr(),
                            count_object.ptr(), among_object.ptr()));
  return static_cast<bool>(result);
}

bool ensure_open(PyObject* self) {
  // Again where another thread has closed what was just opened: every call runs Python code.
  for (int i = 0; i < kMaxReopenings; ++i) {
    if (!call_method(self, "_get_file_writer")) return false;
    if (is_open(state_of(self)) || state_of(self).is_intercepted) return true;
  }
  set_writer_closed();
  return false;
}

bool hand_over(PyObject* self, const ByteBuffer& event) {
  const auto payload = py::reinterpret_steal<py::object>(
      PyBytes_FromStringAndSize(reinterpret_cast<const char*>(event.bytes().data()),
                                static_cast<Py_ssize_t>(event.bytes().size())));
  if (!payload) return false;
  PyObject* result = PyObject_CallMethod(self, "_hand_over", "O", payload.ptr());
  Py_XDECREF(result);
  return result != nullptr;
}

bool report_failure(PyObject* self) { return call_method(self, "_report_failure"); }

bool append_by_waiting(PyObject* self, const ByteBuffer& event) {
  for (;;) {
    if (state_of(self).is_intercepted) return hand_over(self, event);
    if (!is_open(state_of(self))) {
      if (!ensure_open(self)) return false;
      continue;
    }
    // A copy: while the GIL is released, another thread may close the writer. Whoever drops the
    // last one releases the GIL as well, so nothing is known of the state behind the end of its
    // scope.
    const std::shared_ptr<EventFileHandle> file = state_of(self).file;
    switch (append_event(file->writer, file->id, event.bytes())) {
      case AppendOutcome::kAppended:
        return true;
      case AppendOutcome::kDropped:
        return call_method(self, "_report_dropped");
      case AppendOutcome::kPythonError:
        return false;
      case AppendOutcome::kClosed:
        break;
    }
    // Another thread has closed the writer: as after any close(), the next file begins.
    if (state_of(self).file == file) state_of(self).file = nullptr;
  }
}

bool append_summary(PyObject* self, const EventStamp& stamp, std::span<const std::byte> summary) {
  return append_summary_in_place(self, stamp, summary.size(), [&](wire::Writer& out) {
    out.raw(summary.data(), summary.size());
  });
}

}  // namespace tbx::bindings
