#include "tbx/event/tensor_encoder.h"

namespace tbx {
namespace {

using namespace fields;

std::size_t plugin_data_size(const TensorValue& tensor) {
  return wire::optional_string_size(PluginData::kPluginName, tensor.plugin_name) +
         wire::optional_string_size(PluginData::kContent, tensor.plugin_content);
}

std::size_t metadata_size(const TensorValue& tensor) {
  return wire::bytes_field_size(SummaryMetadata::kPluginData, plugin_data_size(tensor)) +
         wire::optional_string_size(SummaryMetadata::kDisplayName, tensor.display_name) +
         wire::optional_string_size(SummaryMetadata::kSummaryDescription,
                                    tensor.summary_description);
}

// proto3 omits a size of 0.
std::size_t dim_size(std::int64_t length) {
  return length == 0
             ? 0
             : wire::tag_size(Dim::kSize) + wire::varint_size(static_cast<std::uint64_t>(length));
}

std::size_t shape_size(std::span<const std::int64_t> shape) {
  std::size_t size = 0;
  for (const std::int64_t length : shape) {
    size += wire::bytes_field_size(TensorShapeProto::kDim, dim_size(length));
  }
  return size;
}

std::size_t proto_size(const TensorValue& tensor) {
  std::size_t size = wire::tag_size(TensorProto::kDtype) + wire::varint_size(tensor.dtype);
  if (tensor.shape) {
    size += wire::bytes_field_size(TensorProto::kTensorShape, shape_size(*tensor.shape));
  }
  // An empty string is an element all the same; an empty run of numbers is left out.
  if (!tensor.values.empty() || tensor.value_field == TensorProto::kStringVal) {
    size += wire::bytes_field_size(tensor.value_field, tensor.values.size());
  }
  return size;
}

std::size_t content_size(const TensorValue& tensor) {
  return wire::optional_string_size(Value::kTag, tensor.tag) +
         wire::bytes_field_size(Value::kTensor, proto_size(tensor)) +
         wire::bytes_field_size(Value::kMetadata, metadata_size(tensor));
}

void write_proto(wire::Writer& out, const TensorValue& tensor) {
  out.bytes_header(Value::kTensor, proto_size(tensor));
  out.varint_field(TensorProto::kDtype, tensor.dtype);
  if (tensor.shape) {
    out.bytes_header(TensorProto::kTensorShape, shape_size(*tensor.shape));
    for (const std::int64_t length : *tensor.shape) {
      out.bytes_header(TensorShapeProto::kDim, dim_size(length));
      if (length != 0) out.varint_field(Dim::kSize, static_cast<std::uint64_t>(length));
    }
  }
  if (!tensor.values.empty() || tensor.value_field == TensorProto::kStringVal) {
    out.bytes_header(tensor.value_field, tensor.values.size());
    out.raw(tensor.values.data(), tensor.values.size());
  }
}

void write_metadata(wire::Writer& out, const TensorValue& tensor) {
  out.bytes_header(Value::kMetadata, metadata_size(tensor));
  out.bytes_header(SummaryMetadata::kPluginData, plugin_data_size(tensor));
  out.optional_string_field(PluginData::kPluginName, tensor.plugin_name);
  out.optional_string_field(PluginData::kContent, tensor.plugin_content);
  out.optional_string_field(SummaryMetadata::kDisplayName, tensor.display_name);
  out.optional_string_field(SummaryMetadata::kSummaryDescription, tensor.summary_description);
}

}  // namespace

std::size_t tensor_value_size(const TensorValue& tensor) noexcept {
  return wire::bytes_field_size(Summary::kValue, content_size(tensor));
}

void write_tensor_value(wire::Writer& out, const TensorValue& tensor) noexcept {
  out.bytes_header(Summary::kValue, content_size(tensor));
  out.optional_string_field(Value::kTag, tensor.tag);
  write_proto(out, tensor);
  write_metadata(out, tensor);
}

}  // namespace tbx
