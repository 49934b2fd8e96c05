// Encodes a tensor with its plugin's metadata as a Summary.Value: text, PR curves, meshes, tensors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "tbx/event/event_fields.h"
#include "tbx/event/wire.h"

namespace tbx {

struct TensorValue {
  std::string_view tag;             // valid UTF-8
  std::string_view plugin_name;     // valid UTF-8
  std::string_view plugin_content;  // the plugin's own message
  std::uint64_t dtype = 0;          // of fields::DataType
  // Not there: no shape is written. Empty: the shape of a number.
  std::optional<std::span<const std::int64_t>> shape;
  // The repeated field of TensorProto that holds the values, and its content as it is in the
  // message: a packed run of numbers, or the one string.
  fields::Field value_field = 0;
  std::span<const std::byte> values;
  std::string_view display_name{};         // valid UTF-8
  std::string_view summary_description{};  // valid UTF-8
};

// Bytes of `tensor` as a Summary.value field, its own tag and length included.
std::size_t tensor_value_size(const TensorValue& tensor) noexcept;
void write_tensor_value(wire::Writer& out, const TensorValue& tensor) noexcept;

}  // namespace tbx
