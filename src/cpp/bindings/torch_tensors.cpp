#include "bindings/torch_tensors.h"

#include <cstddef>

namespace tbx::bindings {
namespace {

// The binary interface of DLPack 1 (dmlc.github.io/dlpack/latest/c_api.html), as far as it is used.
struct DlDevice {
  std::int32_t type;
  std::int32_t id;
};
constexpr std::int32_t kDlCpu = 1;

struct DlDataType {
  std::uint8_t code;
  std::uint8_t bits;
  std::uint16_t lanes;
};

struct DlTensor {
  void* data;
  DlDevice device;
  std::int32_t dimensions;
  DlDataType type;
  std::int64_t* shape;
  std::int64_t* strides;
  std::uint64_t byte_offset;
};

struct DlExchangeApi {
  std::uint32_t major_version;
  std::uint32_t minor_version;
  void* older_api;
  void (*unused[3])();
  // What `object` has; for as long as that stays as it is. Not 0 with a Python exception. Null if
  // the library has no such function.
  int (*tensor_from_object)(void* object, DlTensor* tensor);
};

std::optional<ValueType> type_of(const DlDataType& type) {
  if (type.lanes != 1) return {};
  switch (type.code << 8 | type.bits) {
    case 0 << 8 | 8:
      return ValueType::kInt8;
    case 0 << 8 | 16:
      return ValueType::kInt16;
    case 0 << 8 | 32:
      return ValueType::kInt32;
    case 0 << 8 | 64:
      return ValueType::kInt64;
    case 1 << 8 | 8:
      return ValueType::kUint8;
    case 1 << 8 | 16:
      return ValueType::kUint16;
    case 1 << 8 | 32:
      return ValueType::kUint32;
    case 1 << 8 | 64:
      return ValueType::kUint64;
    case 2 << 8 | 16:
      return ValueType::kFloat16;
    case 2 << 8 | 32:
      return ValueType::kFloat32;
    case 2 << 8 | 64:
      return ValueType::kFloat64;
    case 4 << 8 | 16:
      return ValueType::kBfloat16;
    case 6 << 8 | 8:
      return ValueType::kBool;
    case 10 << 8 | 8:
      return ValueType::kFloat8E4m3fn;
    case 11 << 8 | 8:
      return ValueType::kFloat8E4m3fnuz;
    case 12 << 8 | 8:
      return ValueType::kFloat8E5m2;
    case 13 << 8 | 8:
      return ValueType::kFloat8E5m2fnuz;
    default:
      return {};  // complex numbers among them
  }
}

// What is needed of torch.
struct Torch {
  py::object tensor_type;
  py::object parameter_type;
  const DlExchangeApi* api = nullptr;  // null if this torch has none

  bool has_type_of(PyObject* object) const {
    const auto* const type = reinterpret_cast<PyObject*>(Py_TYPE(object));
    return type == tensor_type.ptr() || type == parameter_type.ptr();
  }
};

// From `torch`, which may be only half imported yet.
std::optional<Torch> read_torch(const py::object& torch) {
  Torch read{py::getattr(torch, "Tensor", py::none()), py::none()};
  const auto nn = py::getattr(torch, "nn", py::none());
  read.parameter_type = py::getattr(nn, "Parameter", py::none());
  if (read.tensor_type.is_none() || read.parameter_type.is_none()) return {};
  const auto capsule = py::getattr(read.tensor_type, "__dlpack_c_exchange_api__", py::none());
  if (PyCapsule_IsValid(capsule.ptr(), "dlpack_exchange_api") == 0) return read;
  const auto* const api =
      static_cast<const DlExchangeApi*>(PyCapsule_GetPointer(capsule.ptr(), "dlpack_exchange_api"));
  if (api->major_version == 1 && api->tensor_from_object != nullptr) read.api = api;
  return read;
}

// Null until torch has been imported.
const Torch* imported_torch() {
  static const Torch* torch = nullptr;
  if (torch != nullptr) return torch;
  static PyObject* const name = PyUnicode_InternFromString("torch");
  const auto module = py::reinterpret_steal<py::object>(PyImport_GetModule(name));
  if (!module) return nullptr;
  if (auto read = read_torch(module)) torch = new Torch(std::move(*read));
  return torch;
}

// The result of a method without arguments; null without an exception if it raises.
py::object call(PyObject* object, PyObject* method) {
  auto result =
      py::reinterpret_steal<py::object>(PyObject_CallMethodObjArgs(object, method, nullptr));
  if (!result) PyErr_Clear();
  return result;
}

}  // namespace

std::optional<TorchTensor> plain_torch_tensor(PyObject* values) {
  const Torch* const torch = imported_torch();
  if (torch == nullptr || torch->api == nullptr || !torch->has_type_of(values)) return {};
  static PyObject* const detach = PyUnicode_InternFromString("detach");
  static PyObject* const is_neg = PyUnicode_InternFromString("is_neg");
  const py::object owner = call(values, detach);
  // The interface does not tell of a sign yet to be changed: the values would have the wrong one.
  if (!owner || call(owner.ptr(), is_neg).ptr() != Py_False) return {};
  // The interface reads what it is given as a tensor, and a mode may have made something else of
  // it.
  if (!torch->has_type_of(owner.ptr())) return {};
  DlTensor tensor{};
  if (torch->api->tensor_from_object(owner.ptr(), &tensor) != 0) {
    PyErr_Clear();  // the long way says why
    return {};
  }
  const auto type = type_of(tensor.type);
  if (!type || tensor.device.type != kDlCpu || tensor.data == nullptr) return {};
  const auto dimensions = static_cast<std::size_t>(tensor.dimensions);
  return TorchTensor{owner,
                     static_cast<const std::byte*>(tensor.data) + tensor.byte_offset,
                     *type,
                     {tensor.shape, dimensions},
                     {tensor.strides, dimensions}};
}

}  // namespace tbx::bindings
