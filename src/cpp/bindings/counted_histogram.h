// The histogram of a Python array, counted and ready to be written.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "bindings/python.h"
#include "tbx/event/histogram_encoder.h"
#include "tbx/histogram/value_stats.h"

namespace tbx::bindings {

// What add_histogram() is told beside the values; null is the default.
struct HistogramOptions {
  PyObject* bins = nullptr;      // "tensorflow", or what numpy.histogram takes
  PyObject* max_bins = nullptr;  // None or a positive int
};

class CountedHistogram {
 public:
  CountedHistogram();
  ~CountedHistogram();
  CountedHistogram(const CountedHistogram&) = delete;
  CountedHistogram& operator=(const CountedHistogram&) = delete;

  // Counts `values`, once. `name` is the tag in exceptions. The GIL is given up while many values
  // are counted. False with a Python exception set.
  bool from_python(PyObject* name, PyObject* values, const HistogramOptions& options);

  // Under `tag`; lives as long as that and this object.
  HistogramValue value(std::string_view tag) const;

  // How many of the values are NaN or infinite, and how many there are.
  std::uint64_t not_finite_count() const {
    return stats_.nan_count + stats_.positive_infinity_count + stats_.negative_infinity_count;
  }
  std::uint64_t value_count() const { return stats_.num + not_finite_count(); }

 private:
  struct Scratch;

  static std::unique_ptr<Scratch>& idle_scratch();

  // Large, hence handed from one to the next in a thread. Not shared: while one is being written,
  // Python code may run and count another.
  std::unique_ptr<Scratch> scratch_;
  std::vector<double> limits_;  // the caller's
  ValueStats stats_;
};

}  // namespace tbx::bindings
