#include "tbx/event/summary_encoder.h"

#include <limits>

#include "tbx/event/event_fields.h"

namespace tbx {
namespace {

using namespace fields;

constexpr std::string_view kScalarsPlugin = "scalars";
constexpr std::size_t kPluginDataSize =
    wire::bytes_field_size(PluginData::kPluginName, kScalarsPlugin.size());

std::size_t metadata_size(const ScalarValue& scalar) {
  std::size_t size =
      wire::optional_string_size(SummaryMetadata::kDisplayName, scalar.display_name) +
      wire::optional_string_size(SummaryMetadata::kSummaryDescription, scalar.summary_description);
  if (scalar.encoding != ScalarEncoding::kSimpleValue) {
    size += wire::bytes_field_size(SummaryMetadata::kPluginData, kPluginDataSize);
  }
  return size;
}

std::size_t tensor_size(ScalarEncoding encoding) {
  const bool is_double = encoding == ScalarEncoding::kTensorDouble;
  return wire::tag_size(TensorProto::kDtype) + 1 +
         (is_double ? wire::bytes_field_size(TensorProto::kDoubleVal, sizeof(double))
                    : wire::bytes_field_size(TensorProto::kFloatVal, sizeof(float)));
}

std::size_t value_content_size(const ScalarValue& scalar, std::size_t metadata) {
  std::size_t size = wire::optional_string_size(Value::kTag, scalar.tag);
  size += scalar.encoding == ScalarEncoding::kSimpleValue
              ? wire::tag_size(Value::kSimpleValue) + sizeof(float)
              : wire::bytes_field_size(Value::kTensor, tensor_size(scalar.encoding));
  if (metadata != 0) size += wire::bytes_field_size(Value::kMetadata, metadata);
  return size;
}

void write_metadata(wire::Writer& out, const ScalarValue& scalar, std::size_t size) {
  out.bytes_header(Value::kMetadata, size);
  if (scalar.encoding != ScalarEncoding::kSimpleValue) {
    out.bytes_header(SummaryMetadata::kPluginData, kPluginDataSize);
    out.string_field(PluginData::kPluginName, kScalarsPlugin);
  }
  out.optional_string_field(SummaryMetadata::kDisplayName, scalar.display_name);
  out.optional_string_field(SummaryMetadata::kSummaryDescription, scalar.summary_description);
}

}  // namespace

ScalarField::ScalarField(const ScalarValue& scalar) noexcept
    : scalar_(scalar),
      metadata_bytes_(metadata_size(scalar)),
      content_bytes_(value_content_size(scalar, metadata_bytes_)) {}

std::size_t ScalarField::size() const noexcept {
  return wire::bytes_field_size(Summary::kValue, content_bytes_);
}

wire::Writer ScalarField::write(wire::Writer out) const noexcept {
  // IEC 559 makes the conversion of a too large double an infinity of its sign, as protobuf's
  // Python runtime has it.
  static_assert(std::numeric_limits<float>::is_iec559);
  out.bytes_header(Summary::kValue, content_bytes_);
  out.optional_string_field(Value::kTag, scalar_.tag);
  switch (scalar_.encoding) {
    case ScalarEncoding::kSimpleValue:
      out.float_field(Value::kSimpleValue, static_cast<float>(scalar_.value));
      break;
    case ScalarEncoding::kTensorFloat:
      out.bytes_header(Value::kTensor, tensor_size(scalar_.encoding));
      out.varint_field(TensorProto::kDtype, DataType::kFloat);
      out.bytes_header(TensorProto::kFloatVal, sizeof(float));
      out.fixed32(static_cast<float>(scalar_.value));
      break;
    case ScalarEncoding::kTensorDouble:
      out.bytes_header(Value::kTensor, tensor_size(scalar_.encoding));
      out.varint_field(TensorProto::kDtype, DataType::kDouble);
      out.bytes_header(TensorProto::kDoubleVal, sizeof(double));
      out.fixed64(scalar_.value);
      break;
  }
  if (metadata_bytes_ != 0) write_metadata(out, scalar_, metadata_bytes_);
  return out;
}

}  // namespace tbx
