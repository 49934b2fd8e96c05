// The str objects that were met lately as tags and that cleaning leaves alone.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "bindings/python.h"

namespace tbx::bindings {

// Nearly every loop gives the same str objects again and again, and looking at each letter of them
// every time would be a tenth of an add_scalar(). A str that falls on another's place takes it.
// Guarded by the GIL.
class CleanTags {
 public:
  CleanTags() = default;
  CleanTags(const CleanTags&) = delete;
  CleanTags& operator=(const CleanTags&) = delete;
  ~CleanTags() {
    if (!places_) return;
    for (PyObject* tag : *places_) Py_XDECREF(tag);
  }

  bool hold(PyObject* tag) const { return places_ && (*places_)[place_of(tag)] == tag; }

  void add(PyObject* tag) {
    // A str that nobody else holds was made for this call alone and does not come again. One of a
    // subclass may hold what holds the writer.
    if (Py_REFCNT(tag) == 1 || !PyUnicode_CheckExact(tag)) return;
    if (!places_) places_ = std::make_unique<Places>();
    Py_INCREF(tag);  // so that the address stays this str's
    Py_XSETREF((*places_)[place_of(tag)], tag);
  }

 private:
  static constexpr int kPlacesLog2 = 9;
  using Places = std::array<PyObject*, std::size_t{1} << kPlacesLog2>;

  // The upper bits of a product with 2^64 over the golden ratio spread addresses well, whatever
  // distance they lie apart (Knuth, The Art of Computer Programming 3, 6.4).
  static std::size_t place_of(PyObject* tag) {
    constexpr std::uint64_t kMultiplier = 0x9E3779B97F4A7C15;
    return (reinterpret_cast<std::uintptr_t>(tag) * kMultiplier) >> (64 - kPlacesLog2);
  }

  std::unique_ptr<Places> places_;  // 4 KiB, which a writer without scalars does not need
};

}  // namespace tbx::bindings
