#include "bindings/text_methods.h"

#include <array>
#include <string>

#include "bindings/fastcall.h"
#include "bindings/scalar_arguments.h"
#include "bindings/summary_object.h"
#include "tbx/event/tensor_encoder.h"

namespace tbx::bindings {
namespace {

// Source: tensorboardX/summary.py, text(). TensorBoard's text plugin takes tags as they are; the
// suffix is what tensorboardX and torch have always written.
constexpr std::string_view kTagSuffix = "/text_summary";
constexpr std::string_view kTextPlugin = "text";
constexpr std::array<std::int64_t, 1> kOneString{1};

bool text_from_python(PyObject* tag, PyObject* object, std::string_view& text) {
  if (!PyUnicode_Check(object)) {
    PyErr_Format(PyExc_TypeError, "text of tag %R must be a str, not %.200s", tag,
                 Py_TYPE(object)->tp_name);
    return false;
  }
  Py_ssize_t size;
  const char* utf8 = PyUnicode_AsUTF8AndSize(object, &size);
  if (utf8 == nullptr) {
    PyErr_Clear();
    PyErr_Format(PyExc_ValueError, "text of tag %R cannot be encoded as UTF-8", tag);
    return false;
  }
  text = {utf8, static_cast<std::size_t>(size)};
  return true;
}

}  // namespace

PyObject* add_text(PyObject* self, PyObject* const* args, Py_ssize_t count, PyObject* keywords) {
  static const auto& signature =
      *new Signature<4>("add_text", {"tag", "text_string", "global_step", "walltime"}, 2, 4);
  Signature<4>::Values v;
  if (!signature.parse(args, count, keywords, v)) return nullptr;
  std::string_view tag, text;
  EventStamp stamp;
  if (!tag_from_python(v[0], tag) || !text_from_python(v[0], v[1], text) ||
      !stamp_from_python(state_of(self), v[0], v[2], v[3], stamp)) {
    return nullptr;
  }
  const std::string full_tag = std::string(tag).append(kTagSuffix);
  TensorValue value{};
  value.tag = full_tag;
  value.plugin_name = kTextPlugin;
  value.dtype = fields::DataType::kString;
  value.shape = kOneString;
  value.value_field = fields::TensorProto::kStringVal;
  value.values = std::as_bytes(std::span(text));
  ByteBuffer summary;
  wire::Writer out(summary.grow(tensor_value_size(value)));
  write_tensor_value(out, value);
  if (!append_summary(self, stamp, summary.bytes())) return nullptr;
  Py_RETURN_NONE;
}

PyObject* append_summary_bytes(PyObject* self, PyObject* const* args, Py_ssize_t count,
                               PyObject* keywords) {
  static const auto& signature =
      *new Signature<4>("_append_summary", {"tag", "summary", "global_step", "walltime"}, 2, 4);
  Signature<4>::Values v;
  if (!signature.parse(args, count, keywords, v)) return nullptr;
  EventStamp stamp;
  if (!stamp_from_python(state_of(self), v[0], v[2], v[3], stamp)) return nullptr;
  char* summary;
  Py_ssize_t size;
  if (PyBytes_AsStringAndSize(v[1], &summary, &size) != 0) return nullptr;
  const std::span content(summary, static_cast<std::size_t>(size));
  if (!append_summary(self, stamp, std::as_bytes(content))) return nullptr;
  Py_RETURN_NONE;
}

}  // namespace tbx::bindings
