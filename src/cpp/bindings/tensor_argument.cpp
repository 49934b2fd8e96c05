#include "bindings/tensor_argument.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <string_view>

#include "bindings/python_calls.h"
#include "bindings/torch_tensors.h"

namespace tbx::bindings {
namespace {

std::optional<ValueType> integer_type(bool is_signed, Py_ssize_t bytes) {
  switch (bytes) {
    case 1:
      return is_signed ? ValueType::kInt8 : ValueType::kUint8;
    case 2:
      return is_signed ? ValueType::kInt16 : ValueType::kUint16;
    case 4:
      return is_signed ? ValueType::kInt32 : ValueType::kUint32;
    case 8:
      return is_signed ? ValueType::kInt64 : ValueType::kUint64;
    default:
      return {};
  }
}

std::optional<ValueType> float_type(Py_ssize_t bytes) {
  switch (bytes) {
    case 2:
      return ValueType::kFloat16;
    case 4:
      return ValueType::kFloat32;
    case 8:
      return ValueType::kFloat64;
    default:
      return {};  // numpy's longdouble
  }
}

// The type of a buffer's items from their struct-module format, if we count it and it has the
// host's byte order.
std::optional<ValueType> type_of_format(const char* format, Py_ssize_t item_bytes) {
  std::string_view text = format == nullptr ? "B" : format;
  constexpr char kHostOrder = std::endian::native == std::endian::little ? '<' : '>';
  if (!text.empty() && (text[0] == '@' || text[0] == '=' || text[0] == kHostOrder))
    text.remove_prefix(1);
  if (text.size() != 1) return {};
  switch (text[0]) {
    case '?':
      return ValueType::kBool;
    case 'e':
      return ValueType::kFloat16;
    case 'f':
      return ValueType::kFloat32;
    case 'd':
      return ValueType::kFloat64;
    case 'b':
    case 'h':
    case 'i':
    case 'l':
    case 'q':
    case 'n':
      return integer_type(true, item_bytes);
    case 'B':
    case 'H':
    case 'I':
    case 'L':
    case 'Q':
    case 'N':
      return integer_type(false, item_bytes);
    default:
      return {};
  }
}

std::optional<ValueType> type_of_dtype(const py::dtype& dtype) {
  if (dtype.byteorder() != '=' && dtype.byteorder() != '|') return {};  // not the host's
  switch (dtype.kind()) {
    case 'b':
      return ValueType::kBool;
    case 'i':
      return integer_type(true, dtype.itemsize());
    case 'u':
      return integer_type(false, dtype.itemsize());
    case 'f':
      return float_type(dtype.itemsize());
    default:
      return {};
  }
}

// What to_array() calls the types that no buffer format names; their arrays hold the bits.
std::optional<ValueType> type_of_name(std::string_view name) {
  if (name == "bfloat16") return ValueType::kBfloat16;
  if (name == "float8_e4m3fn") return ValueType::kFloat8E4m3fn;
  if (name == "float8_e5m2") return ValueType::kFloat8E5m2;
  if (name == "float8_e4m3fnuz") return ValueType::kFloat8E4m3fnuz;
  if (name == "float8_e5m2fnuz") return ValueType::kFloat8E5m2fnuz;
  return {};
}

}  // namespace

// Copies the shape: without the GIL, another thread may give the array a new one.
void TensorArgument::set_view(const void* data, ValueType type, std::size_t dimensions,
                              const Py_ssize_t* shape, const Py_ssize_t* strides) {
  std::copy_n(shape, dimensions, shape_.begin());
  std::copy_n(strides, dimensions, strides_.begin());
  view_ = {data, type, {shape_.data(), dimensions}, {strides_.data(), dimensions}};
}

bool TensorArgument::from_numpy_array(PyObject* values, std::optional<ValueType> type) {
  if (!py::isinstance<py::array>(values)) return false;
  const auto array = py::reinterpret_borrow<py::array>(values);
  if (!type) type = type_of_dtype(array.dtype());
  const auto dimensions = static_cast<std::size_t>(array.ndim());
  if (!type || dimensions > kMaxDimensions) return false;
  set_view(array.data(), *type, dimensions, array.shape(), array.strides());
  owner_ = array;
  return true;
}

bool TensorArgument::from_torch_tensor(PyObject* values) {
  const auto tensor = plain_torch_tensor(values);
  if (!tensor || tensor->shape.size() > kMaxDimensions) return false;
  const std::size_t dimensions = tensor->shape.size();
  const auto value_bytes = static_cast<std::int64_t>(bytes_of(tensor->type));
  std::copy_n(tensor->shape.begin(), dimensions, shape_.begin());
  std::transform(tensor->strides.begin(), tensor->strides.end(), strides_.begin(),
                 [&](std::int64_t stride) { return stride * value_bytes; });
  view_ = {tensor->data, tensor->type, {shape_.data(), dimensions}, {strides_.data(), dimensions}};
  owner_ = tensor->owner;
  return true;
}

bool TensorArgument::from_buffer(PyObject* values) {
  if (!PyObject_CheckBuffer(values) || PyBytes_Check(values)) return false;
  if (PyObject_GetBuffer(values, &buffer_, PyBUF_RECORDS_RO) != 0) {
    PyErr_Clear();  // the long way says why
    buffer_.obj = nullptr;
    return false;
  }
  const auto type = type_of_format(buffer_.format, buffer_.itemsize);
  const auto dimensions = static_cast<std::size_t>(buffer_.ndim);
  if (!type || dimensions > kMaxDimensions) {
    PyBuffer_Release(&buffer_);
    buffer_.obj = nullptr;
    return false;
  }
  std::array<Py_ssize_t, kMaxDimensions> packed;
  const Py_ssize_t* strides = buffer_.strides;
  if (strides == nullptr) {  // ctypes gives none, although they were asked for
    PyBuffer_FillContiguousStrides(buffer_.ndim, buffer_.shape, packed.data(),
                                   static_cast<int>(buffer_.itemsize), 'C');
    strides = packed.data();
  }
  set_view(buffer_.buf, *type, dimensions, buffer_.shape, strides);
  return true;
}

bool TensorArgument::from_python(PyObject* tag, PyObject* values) {
  if (from_numpy_array(values) || from_torch_tensor(values) || from_buffer(values)) return true;
  const auto converted =
      py::reinterpret_steal<py::object>(call_python("tbx_native._arrays", "to_array", tag, values));
  if (!converted) return false;
  PyObject* array = PyTuple_GetItem(converted.ptr(), 0);
  PyObject* name = PyTuple_GetItem(converted.ptr(), 1);
  const char* text = array == nullptr || name == nullptr ? nullptr : PyUnicode_AsUTF8(name);
  if (text == nullptr) return false;
  if (from_numpy_array(array, type_of_name(text))) return true;
  PyErr_Format(PyExc_TypeError, "values of tag %R have a type that cannot be counted: %s", tag,
               text);
  return false;
}

std::int64_t TensorArgument::value_count() const {
  std::int64_t count = 1;
  for (const std::int64_t extent : view_.shape) count *= extent;
  return count;
}

}  // namespace tbx::bindings
