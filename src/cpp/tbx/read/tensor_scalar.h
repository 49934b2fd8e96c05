// The one number of a scalar that was written as a tensor.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace tbx {

struct TensorScalar {
  double value;
  bool is_double;  // float32 would lose digits
};

// The number in the TensorProto `tensor`; none if it is no tensor of one real number.
std::optional<TensorScalar> decode_tensor_scalar(std::span<const std::byte> tensor);

}  // namespace tbx
