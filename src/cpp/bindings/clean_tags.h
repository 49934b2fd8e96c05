// The str objects that were met lately as tags and that cleaning leaves alone.
#pragma once

#include <array>
#include <cstddef>
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

  // Of a str.
  bool hold(PyObject* tag) const { return places_ && (*places_)[place_of(tag)] == tag; }

  void add(PyObject* tag) {
    // A str that nobody else holds was made for this call alone and does not come again. One of a
    // subclass may hold what holds the writer.
    if (Py_REFCNT(tag) == 1 || !PyUnicode_CheckExact(tag)) return;
    if (PyObject_Hash(tag) == -1) return PyErr_Clear();  // the str keeps it
    if (!places_) places_ = std::make_unique<Places>();
    Py_INCREF(tag);  // so that the address stays this str's
    Py_XSETREF((*places_)[place_of(tag)], tag);
  }

 private:
  using Places = std::array<PyObject*, 512>;

  // By its hash, which Python mixes well; -1 where nobody has asked for it yet.
  static std::size_t place_of(PyObject* tag) {
    return static_cast<std::size_t>(reinterpret_cast<PyASCIIObject*>(tag)->hash) %
           std::tuple_size_v<Places>;
  }

  std::unique_ptr<Places> places_;  // 4 KiB, which a writer without scalars does not need
};

}  // namespace tbx::bindings
