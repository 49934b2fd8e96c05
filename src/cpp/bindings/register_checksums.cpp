// CRC32C, plain and masked, and which back end computes it.
#include "bindings/gil.h"
#include "bindings/registers.h"
#include "tbx/crc/crc32c.h"
#include "tbx/crc/masked_crc.h"

namespace tbx::bindings {
namespace {

// Below this releasing the GIL costs more than the checksum.
constexpr std::size_t kReleaseGilBytes = 64 * 1024;

template <typename Function>
auto over_bytes(const py::buffer& data, Function function) {
  // PyBUF_SIMPLE: any contiguous buffer as bytes; the exporter refuses others.
  Py_buffer view;
  if (PyObject_GetBuffer(data.ptr(), &view, PyBUF_SIMPLE) != 0) throw py::error_already_set();
  const std::unique_ptr<Py_buffer, decltype(&PyBuffer_Release)> release_view(&view,
                                                                             &PyBuffer_Release);
  const std::span bytes(static_cast<const std::byte*>(view.buf),
                        static_cast<std::size_t>(view.len));
  if (bytes.size() < kReleaseGilBytes) return function(bytes);
  const WithoutGil without_gil;
  return function(bytes);
}

}  // namespace

void register_checksums(py::module_& module) {
  module.def(
      "crc32c",
      [](const py::buffer& data) {
        return over_bytes(data, [](auto bytes) { return crc32c(bytes); });
      },
      py::arg("data"), "CRC32C (Castagnoli) of a bytes-like object.");
  module.def(
      "masked_crc32c",
      [](const py::buffer& data) {
        return over_bytes(data, [](auto bytes) { return MaskedCrc::of(bytes).bits(); });
      },
      py::arg("data"), "CRC32C, masked as in a record's header and footer.");
  module.def("crc32c_backend", &crc32c_backend,
             "The CRC32C back end in use: portable, sse42 or arm64.");
  module.def("crc32c_backend_problem", &crc32c_backend_problem,
             "Why the back end that TBX_NATIVE_CRC32C names is not in use; empty if it is, or if "
             "none is named.");
}

}  // namespace tbx::bindings
