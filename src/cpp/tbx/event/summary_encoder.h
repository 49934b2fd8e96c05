// Encodes Summary.Value messages, one kind at a time: first the size, then the bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tbx/event/wire.h"

namespace tbx {

// How a scalar is stored in its Value. TensorBoard's fast data server does not show kTensorDouble;
// its Python loader does.
enum class ScalarEncoding : std::uint8_t {
  kSimpleValue,   // Value.simple_value, a float: what tensorboardX writes
  kTensorFloat,   // a TensorProto with one float_val and plugin "scalars": torch's new_style
  kTensorDouble,  // the same with one double_val: torch's new_style and double_precision
};

struct ScalarValue {
  std::string_view tag;  // valid UTF-8
  double value =
      0;  // rounded to float by the first two encodings; beyond its range it becomes infinite
  ScalarEncoding encoding = ScalarEncoding::kSimpleValue;
  std::string_view
      display_name{};  // valid UTF-8; metadata is written if either of these is not empty
  std::string_view summary_description{};  // valid UTF-8
};

// A scalar as a Summary.value field. It outlives this.
class ScalarField {
 public:
  explicit ScalarField(const ScalarValue& scalar) noexcept;

  // Bytes, its own tag and length included.
  std::size_t size() const noexcept;
  // Returns where to go on.
  [[nodiscard]] wire::Writer write(wire::Writer out) const noexcept;

 private:
  const ScalarValue& scalar_;
  std::size_t metadata_bytes_;
  std::size_t content_bytes_;
};

}  // namespace tbx
