// Reads simple_value scalars back out of serialized events.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "tbx/event/event_fields.h"
#include "tbx/event/wire_reader.h"

namespace tbx {

struct DecodedScalar {
  double wall_time = 0;
  std::int64_t step = 0;
  float value = 0;
};

// Calls visit(const DecodedScalar&) for every simple_value in the Event `payload`. Damaged or other
// content is passed over.
template <typename Visitor>
void decode_scalars(std::span<const std::byte> payload, Visitor visit) {
  using wire::WireType;
  DecodedScalar scalar;
  std::span<const std::byte> summary;
  wire::Reader event(payload);
  for (wire::Field field; event.next(field);) {
    if (field.is(fields::Event::kWallTime, WireType::kFixed64))
      scalar.wall_time = field.as_double();
    if (field.is(fields::Event::kStep, WireType::kVarint))
      scalar.step = static_cast<std::int64_t>(field.varint);
    if (field.is(fields::Event::kSummary, WireType::kBytes)) summary = field.content;
  }
  wire::Reader values(summary);
  for (wire::Field value; values.next(value);) {
    if (!value.is(fields::Summary::kValue, WireType::kBytes)) continue;
    wire::Reader parts(value.content);
    for (wire::Field part; parts.next(part);) {
      if (!part.is(fields::Value::kSimpleValue, WireType::kFixed32)) continue;
      scalar.value = part.as_float();
      visit(scalar);
    }
  }
}

}  // namespace tbx
