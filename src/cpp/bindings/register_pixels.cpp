// Copies of images.
#include "bindings/gil.h"
#include "bindings/registers.h"
#include "tbx/pixels/copy_pixels.h"

namespace tbx::bindings {
namespace {

// Below this many values copying takes a quarter of a millisecond at most, and who gives the GIL up
// may get it back after five.
constexpr py::ssize_t kReleaseGilPixels = 1 << 20;

// Whether both lie in memory without gaps, and element by element in the same order.
bool lie_alike(const py::buffer_info& values, const py::buffer_info& pixels) {
  if (values.shape != pixels.shape || values.size == 0) return false;
  py::ssize_t last = 0;  // pixel, in memory
  for (std::size_t axis = 0; axis < pixels.shape.size(); ++axis) {
    if (pixels.shape[axis] == 1) continue;  // its stride means nothing
    if (pixels.strides[axis] <= 0) return false;
    if (values.strides[axis] != pixels.strides[axis] * values.itemsize) return false;
    last += (pixels.shape[axis] - 1) * pixels.strides[axis];
  }
  return last == pixels.size - 1;
}

bool copy(const py::buffer_info& values, const py::buffer_info& pixels, bool through_float32) {
  const auto count = static_cast<std::size_t>(values.size);
  auto* out = static_cast<std::uint8_t*>(pixels.ptr);
  if (values.item_type_is_equivalent_to<std::uint8_t>()) {
    copy_pixels(static_cast<const std::uint8_t*>(values.ptr), count, out);
  } else if (values.item_type_is_equivalent_to<float>()) {
    copy_pixels(static_cast<const float*>(values.ptr), count, out);
  } else if (values.item_type_is_equivalent_to<double>()) {
    copy_pixels(static_cast<const double*>(values.ptr), count, through_float32, out);
  } else {
    return false;
  }
  return true;
}

bool copy_pixels_of_arrays(const py::buffer& values, const py::buffer& pixels,
                           bool through_float32) {
  const py::buffer_info from = values.request();
  const py::buffer_info to = pixels.request(true);
  if (!to.item_type_is_equivalent_to<std::uint8_t>() || !lie_alike(from, to)) return false;
  if (from.size < kReleaseGilPixels) return copy(from, to, through_float32);
  const WithoutGil without_gil;
  return copy(from, to, through_float32);
}

}  // namespace

void register_pixels(py::module_& module) {
  module.def("copy_pixels", &copy_pixels_of_arrays, py::arg("values"), py::arg("pixels"),
             py::arg("through_float32"),
             "Sets uint8 pixels to uint8, or to float32 or float64 in [0, 1]; False, and nothing "
             "set, where the two arrays do not lie alike in memory.");
}

}  // namespace tbx::bindings
