#include "tbx/event/histogram_encoder.h"

#include "tbx/event/event_fields.h"

namespace tbx {
namespace {

using fields::HistogramProto;
using fields::Summary;
using fields::Value;

std::size_t packed_size(std::uint32_t field, std::span<const double> values) {
  return values.empty() ? 0 : wire::bytes_field_size(field, values.size_bytes());
}

void write_packed(wire::Writer& out, std::uint32_t field, std::span<const double> values) {
  if (values.empty()) return;
  out.bytes_header(field, values.size_bytes());
  out.fixed64s(values);
}

std::size_t proto_size(const HistogramValue& histogram) {
  return wire::optional_double_size(HistogramProto::kMin, histogram.min) +
         wire::optional_double_size(HistogramProto::kMax, histogram.max) +
         wire::optional_double_size(HistogramProto::kNum, histogram.num) +
         wire::optional_double_size(HistogramProto::kSum, histogram.sum) +
         wire::optional_double_size(HistogramProto::kSumSquares, histogram.sum_squares) +
         packed_size(HistogramProto::kBucketLimit, histogram.bucket_limits) +
         packed_size(HistogramProto::kBucket, histogram.bucket_counts);
}

std::size_t content_size(const HistogramValue& histogram, std::size_t proto) {
  return wire::optional_string_size(Value::kTag, histogram.tag) +
         wire::bytes_field_size(Value::kHisto, proto);
}

}  // namespace

std::size_t histogram_value_size(const HistogramValue& histogram) noexcept {
  return wire::bytes_field_size(Summary::kValue, content_size(histogram, proto_size(histogram)));
}

void write_histogram_value(wire::Writer& out, const HistogramValue& histogram) noexcept {
  const std::size_t proto = proto_size(histogram);
  out.bytes_header(Summary::kValue, content_size(histogram, proto));
  out.optional_string_field(Value::kTag, histogram.tag);
  out.bytes_header(Value::kHisto, proto);
  out.optional_double_field(HistogramProto::kMin, histogram.min);
  out.optional_double_field(HistogramProto::kMax, histogram.max);
  out.optional_double_field(HistogramProto::kNum, histogram.num);
  out.optional_double_field(HistogramProto::kSum, histogram.sum);
  out.optional_double_field(HistogramProto::kSumSquares, histogram.sum_squares);
  write_packed(out, HistogramProto::kBucketLimit, histogram.bucket_limits);
  write_packed(out, HistogramProto::kBucket, histogram.bucket_counts);
}

}  // namespace tbx
