// torch's tensors in main memory, read where they lie.
//
// The histogram of the 128 values of a layer's bias takes 1.3 us if they are a numpy array. To make
// such an array of a tensor, and to ask before whether it can be made, takes 2.1 us; the
// exchange API of DLPack 1.3, which newer torch has, tells the same in 0.7.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "bindings/python.h"
#include "tbx/histogram/tensor_view.h"

namespace tbx::bindings {

// Valid while `owner` lives, which nobody else has: whatever becomes of the tensor that it shares
// memory with, shape and memory stay.
struct TorchTensor {
  py::object owner;
  const void* data;
  ValueType type;
  std::span<const std::int64_t> shape;
  std::span<const std::int64_t> strides;  // in values
};

// None, without an exception, if `values` is no such tensor or needs more thought: a subclass, one
// on a device, not strided, of a type that is not counted as it is, or with a sign yet to be
// changed; or if torch is older. tbx_native._arrays.to_array knows how.
std::optional<TorchTensor> plain_torch_tensor(PyObject* values);

}  // namespace tbx::bindings
