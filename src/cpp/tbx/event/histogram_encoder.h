// Encodes histograms as Summary.Value messages: first the size, then the bytes.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "tbx/event/wire.h"

namespace tbx {

// A HistogramProto under its tag. Bucket i holds the values from limit i - 1 up to limit i.
struct HistogramValue {
  std::string_view tag;  // valid UTF-8
  double min = 0;
  double max = 0;
  double num = 0;
  double sum = 0;
  double sum_squares = 0;
  std::span<const double> bucket_limits{};
  std::span<const double> bucket_counts{};  // as many
};

// Bytes of `histogram` as a Summary.value field, its own tag and length included.
std::size_t histogram_value_size(const HistogramValue& histogram) noexcept;
void write_histogram_value(wire::Writer& out, const HistogramValue& histogram) noexcept;

}  // namespace tbx
