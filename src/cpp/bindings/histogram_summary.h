// Counts the values of a Python array into a histogram and encodes it as a Summary value.
#pragma once

#include <cstdint>
#include <string_view>

#include "bindings/python.h"
#include "tbx/base/byte_buffer.h"
#include "tbx/histogram/value_stats.h"

namespace tbx::bindings {

// What add_histogram() is told beside the values; null is the default.
struct HistogramOptions {
  PyObject* bins = nullptr;      // "tensorflow", or what numpy.histogram takes
  PyObject* max_bins = nullptr;  // None or a positive int
};

// Appends the histogram of `values` to `summary` under `tag`. `name` is the tag in exceptions. The
// GIL is given up while many values are counted. False with a Python exception set; the summary is
// unchanged then.
bool append_histogram(PyObject* name, std::string_view tag, PyObject* values,
                      const HistogramOptions& options, ByteBuffer& summary, ValueStats& stats);

}  // namespace tbx::bindings
