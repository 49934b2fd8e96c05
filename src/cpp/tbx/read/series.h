// What a file holds of one tag and one kind, as columns.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tbx/read/column.h"
#include "tbx/read/event_parts.h"

namespace tbx {

struct Series {
  std::string tag;
  std::string kind;              // "scalar", "image", …; see name_of()
  std::string plugin;            // of the first value that names one
  std::uint64_t count = 0;       // of all values, also of those that were taken
  std::int64_t last_step = 0;    // of the last of them
  std::uint64_t last_event = 0;  // the number of its event, from 1

  // Of those that were not yet taken, in the order of the file.
  Column<std::int64_t> steps;
  Column<double> wall_times;  // seconds since the epoch
  // Scalars: float32 until the first double comes, then all in `doubles`.
  Column<float> floats;
  Column<double> doubles;
  bool has_doubles = false;
  // All others: where in the file the Summary.Value is, or the Event's payload, in bytes.
  Column<std::uint64_t> offsets;
  Column<std::uint64_t> lengths;

  void add_number(double value, bool is_double) {
    if (is_double && !has_doubles) {
      for (std::size_t index = 0; index < floats.size(); ++index) doubles.push_back(floats[index]);
      floats = Column<float>();
      has_doubles = true;
    }
    if (has_doubles) {
      doubles.push_back(value);
    } else {
      floats.push_back(static_cast<float>(value));
    }
  }
};

constexpr std::string_view name_of(ValueKind kind) noexcept {
  switch (kind) {
    case ValueKind::kScalar:
      return "scalar";
    case ValueKind::kImage:
      return "image";
    case ValueKind::kHistogram:
      return "histogram";
    case ValueKind::kAudio:
      return "audio";
    case ValueKind::kTensor:
      return "tensor";
    case ValueKind::kEmpty:
      break;
  }
  return "empty";  // metadata alone, as hparams are
}

}  // namespace tbx
