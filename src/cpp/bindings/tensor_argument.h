// From Python's arrays and tensors to a TensorView, without a copy where their memory can be read
// as it is.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "bindings/python.h"
#include "tbx/histogram/tensor_view.h"

namespace tbx::bindings {

// Holds what the view points to. The view may be read without the GIL while this lives.
class TensorArgument {
 public:
  TensorArgument() = default;
  ~TensorArgument() {
    if (buffer_.obj != nullptr) PyBuffer_Release(&buffer_);
  }
  TensorArgument(const TensorArgument&) = delete;
  TensorArgument& operator=(const TensorArgument&) = delete;

  // Takes anything that tbx_native._arrays.to_array takes. False with a Python exception that names
  // the tag.
  bool from_python(PyObject* tag, PyObject* values);

  const TensorView& view() const { return view_; }
  std::int64_t value_count() const;

 private:
  // The short ways, for types that we count. False without an exception where they do not apply.
  // An array's buffer says the same, but numpy makes up a description of it at every call.
  // `type` is given where the array's own type is only that of the bits.
  bool from_numpy_array(PyObject* values, std::optional<ValueType> type = {});
  bool from_torch_tensor(PyObject* values);
  bool from_buffer(PyObject* values);
  void set_view(const void* data, ValueType type, std::size_t dimensions, const Py_ssize_t* shape,
                const Py_ssize_t* strides);

  static constexpr std::size_t kMaxDimensions = 64;  // PyBUF_MAX_NDIM, and numpy's limit since 2.0
  py::object owner_;
  Py_buffer buffer_{};
  std::array<std::int64_t, kMaxDimensions> shape_;
  std::array<std::int64_t, kMaxDimensions> strides_;
  TensorView view_{};
};

}  // namespace tbx::bindings
