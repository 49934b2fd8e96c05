// Summaries of the kinds that Python prepares: tensors, images and sounds, as serialized messages.
#include <optional>
#include <vector>

#include "bindings/registers.h"
#include "tbx/event/media_encoder.h"
#include "tbx/event/tensor_encoder.h"

namespace tbx::bindings {
namespace {

// A bytes object that `write` fills.
template <typename Write>
py::bytes bytes_of(std::size_t size, Write write) {
  PyObject* bytes = PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(size));
  if (bytes == nullptr) throw py::error_already_set();
  wire::Writer out(reinterpret_cast<std::byte*>(PyBytes_AS_STRING(bytes)));
  write(out);
  return py::reinterpret_steal<py::bytes>(bytes);
}

std::span<const std::byte> contiguous_bytes(const py::buffer_info& info) {
  return {static_cast<const std::byte*>(info.ptr),
          static_cast<std::size_t>(info.size * info.itemsize)};
}

py::bytes encode_tensor(const std::string& tag, const std::string& plugin_name,
                        const py::bytes& plugin_content, std::uint64_t dtype,
                        const std::optional<std::vector<std::int64_t>>& shape,
                        std::uint32_t value_field, const py::buffer& values) {
  const py::buffer_info info = values.request();
  TensorValue tensor{};
  tensor.tag = tag;
  tensor.plugin_name = plugin_name;
  tensor.plugin_content = plugin_content;
  tensor.dtype = dtype;
  if (shape) tensor.shape = *shape;
  tensor.value_field = value_field;
  tensor.values = contiguous_bytes(info);
  return bytes_of(tensor_value_size(tensor),
                  [&](wire::Writer& out) { write_tensor_value(out, tensor); });
}

// Varints of int64, one behind the other: a packed field. Negative ones take ten bytes.
py::bytes pack_varints(const py::buffer& int64s) {
  const py::buffer_info info = int64s.request();
  const std::span values(static_cast<const std::int64_t*>(info.ptr),
                         static_cast<std::size_t>(info.size));
  std::size_t size = 0;
  for (const std::int64_t value : values) {
    size += wire::varint_size(static_cast<std::uint64_t>(value));
  }
  return bytes_of(size, [&](wire::Writer& out) {
    for (const std::int64_t value : values) out.varint(static_cast<std::uint64_t>(value));
  });
}

py::bytes encode_image(const std::string& tag, std::int32_t height, std::int32_t width,
                       std::int32_t colorspace, const py::bytes& encoded,
                       const std::string& plugin_name) {
  const ImageValue image{tag, height, width, colorspace, encoded, plugin_name};
  return bytes_of(image_value_size(image),
                  [&](wire::Writer& out) { write_image_value(out, image); });
}

py::bytes encode_audio(const std::string& tag, float sample_rate, std::int64_t num_channels,
                       std::int64_t length_frames, const py::bytes& encoded,
                       const std::string& content_type, const std::string& plugin_name) {
  const AudioValue audio{tag,     sample_rate,  num_channels, length_frames,
                         encoded, content_type, plugin_name};
  return bytes_of(audio_value_size(audio),
                  [&](wire::Writer& out) { write_audio_value(out, audio); });
}

}  // namespace

void register_summaries(py::module_& module) {
  module.def("encode_tensor", &encode_tensor, py::arg("tag"), py::arg("plugin_name"),
             py::arg("plugin_content"), py::arg("dtype"), py::arg("shape"), py::arg("value_field"),
             py::arg("values"),
             "The serialized Summary of a tensor; `values` is the content of the repeated field.");
  module.def("pack_varints", &pack_varints, py::arg("int64s"),
             "The content of a packed field of integers, from a C-contiguous array of int64.");
  module.def("encode_image", &encode_image, py::arg("tag"), py::arg("height"), py::arg("width"),
             py::arg("colorspace"), py::arg("encoded"), py::arg("plugin_name"),
             "The serialized Summary of an image file.");
  module.def("encode_audio", &encode_audio, py::arg("tag"), py::arg("sample_rate"),
             py::arg("num_channels"), py::arg("length_frames"), py::arg("encoded"),
             py::arg("content_type"), py::arg("plugin_name"),
             "The serialized Summary of a sound file.");
}

}  // namespace tbx::bindings
