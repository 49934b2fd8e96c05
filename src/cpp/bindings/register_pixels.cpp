// Arrays of floats as pixels.
#include "bindings/gil.h"
#include "bindings/registers.h"
#include "tbx/pixels/pixels_of_floats.h"

namespace tbx::bindings {
namespace {

// Below this many values converting is shorter than a hand-over of the GIL.
constexpr py::ssize_t kReleaseGilPixels = 1 << 20;

// Whether both lie in memory without gaps, and element by element in the same order.
bool lie_alike(const py::buffer_info& floats, const py::buffer_info& pixels) {
  if (floats.shape != pixels.shape || floats.size == 0) return false;
  py::ssize_t last = 0;  // pixel, in memory
  for (py::ssize_t i = 0; i < pixels.ndim; ++i) {
    const auto axis = static_cast<std::size_t>(i);
    if (pixels.shape[axis] == 1) continue;  // its stride means nothing
    if (pixels.strides[axis] <= 0) return false;
    if (floats.strides[axis] != pixels.strides[axis] * floats.itemsize) return false;
    last += (pixels.shape[axis] - 1) * pixels.strides[axis];
  }
  return last == pixels.size - 1;
}

bool convert(const py::buffer_info& floats, const py::buffer_info& pixels, bool through_float32) {
  const auto count = static_cast<std::size_t>(floats.size);
  auto* out = static_cast<std::uint8_t*>(pixels.ptr);
  if (floats.item_type_is_equivalent_to<float>()) {
    pixels_of_floats(static_cast<const float*>(floats.ptr), count, out);
  } else if (floats.item_type_is_equivalent_to<double>()) {
    pixels_of_floats(static_cast<const double*>(floats.ptr), count, through_float32, out);
  } else {
    return false;
  }
  return true;
}

bool pixels_of_arrays(const py::buffer& floats, const py::buffer& pixels, bool through_float32) {
  const py::buffer_info from = floats.request();
  const py::buffer_info to = pixels.request(true);
  if (!to.item_type_is_equivalent_to<std::uint8_t>() || !lie_alike(from, to)) return false;
  if (from.size < kReleaseGilPixels) return convert(from, to, through_float32);
  const WithoutGil without_gil;
  return convert(from, to, through_float32);
}

}  // namespace

void register_pixels(py::module_& module) {
  module.def("pixels_of_floats", &pixels_of_arrays, py::arg("floats"), py::arg("pixels"),
             py::arg("through_float32"),
             "Sets uint8 pixels to float32 or float64 in [0, 1]; False, and nothing set, where the "
             "two arrays do not lie alike in memory.");
}

}  // namespace tbx::bindings
