// Histograms apart from a writer: the default limits, and the encoding of given buckets.
#include <cstring>

#include "bindings/registers.h"
#include "tbx/base/byte_buffer.h"
#include "tbx/event/histogram_encoder.h"
#include "tbx/histogram/bucket_limits.h"

namespace tbx::bindings {
namespace {

py::bytes to_bytes(const ByteBuffer& buffer) {
  return {reinterpret_cast<const char*>(buffer.data()), buffer.size()};
}

std::span<const double> doubles_of(std::string_view bytes, std::vector<double>& aligned) {
  aligned.resize(bytes.size() / sizeof(double));
  if (!aligned.empty()) std::memcpy(aligned.data(), bytes.data(), aligned.size() * sizeof(double));
  return aligned;
}

py::bytes encode_histogram(const std::string& tag, double min, double max, double num, double sum,
                           double sum_squares, const py::bytes& bucket_limits,
                           const py::bytes& bucket_counts) {
  std::vector<double> limits, counts;
  const HistogramValue histogram{tag,
                                 min,
                                 max,
                                 num,
                                 sum,
                                 sum_squares,
                                 doubles_of(bucket_limits, limits),
                                 doubles_of(bucket_counts, counts)};
  ByteBuffer summary;
  wire::Writer out(summary.grow(histogram_value_size(histogram)));
  write_histogram_value(out, histogram);
  return to_bytes(summary);
}

}  // namespace

void register_histograms(py::module_& module) {
  module.def(
      "default_bucket_limits", [] { return kDefaultBucketLimits; },
      "tensorboardX's default_bins, as a list.");
  module.def("encode_histogram", &encode_histogram, py::arg("tag"), py::arg("min"), py::arg("max"),
             py::arg("num"), py::arg("sum"), py::arg("sum_squares"), py::arg("bucket_limits"),
             py::arg("bucket_counts"),
             "The serialized Summary of a histogram; limits and counts are the bytes of float64.");
}

}  // namespace tbx::bindings
