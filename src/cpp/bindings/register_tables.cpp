// Matrices as the text that TensorBoard's projector reads.
#include <string>

#include "bindings/gil.h"
#include "bindings/registers.h"
#include "tbx/base/tsv.h"

namespace tbx::bindings {
namespace {

py::bytes encode_tsv(const py::buffer& float32s) {
  const py::buffer_info info = float32s.request();
  if (info.ndim != 2 || !info.item_type_is_equivalent_to<float>() ||
      PyBuffer_IsContiguous(info.view(), 'C') == 0) {
    throw py::value_error("not a contiguous matrix of float32");
  }
  const std::span values(static_cast<const float*>(info.ptr), static_cast<std::size_t>(info.size));
  std::string text;
  {
    const WithoutGil without_gil;
    text = to_tsv(values, static_cast<std::size_t>(info.shape[1]));
  }
  return {text.data(), text.size()};
}

}  // namespace

void register_tables(py::module_& module) {
  module.def("encode_tsv", &encode_tsv, py::arg("float32s"),
             "A matrix of float32 as tab-separated text, in the shortest form of every number.");
}

}  // namespace tbx::bindings
