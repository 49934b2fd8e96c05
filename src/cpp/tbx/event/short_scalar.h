// The one event that training loops write by the million: a simple scalar of a short tag.
//
// The same bytes as write_summary_event_header() and ScalarField, for a quarter of the
// instructions. A tag this short leaves every length a varint of one byte, so that their sum is
// known without adding up fields, and all that stands between the stamp and the tag is one store.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tbx/base/endian.h"
#include "tbx/event/event_encoder.h"
#include "tbx/event/event_fields.h"
#include "tbx/event/wire.h"

namespace tbx {

class ShortScalarEvent {
 private:
  // Of simple_value, in the Value; of the Value's field in the Summary beside the tag's characters.
  static constexpr std::size_t kNumberBytes =
      wire::tag_size(fields::Value::kSimpleValue) + sizeof(float);
  static constexpr std::size_t kValueBytes = 2 + kNumberBytes;
  static constexpr std::size_t kSummaryBytes = 2 + kValueBytes;

  // summary {length}, value {length}, tag {length}: lengths of an empty tag.
  static constexpr std::uint64_t kHeader =
      std::uint64_t{wire::field_tag(fields::Event::kSummary, wire::WireType::kBytes)} |
      std::uint64_t{kSummaryBytes} << 8 |
      std::uint64_t{wire::field_tag(fields::Summary::kValue, wire::WireType::kBytes)} << 16 |
      std::uint64_t{kValueBytes} << 24 |
      std::uint64_t{wire::field_tag(fields::Value::kTag, wire::WireType::kBytes)} << 32;
  static constexpr std::size_t kHeaderBytes = 6;
  static constexpr std::uint64_t kOneInEachLength = 0x01'00'01'00'01'00;
  static_assert(wire::tag_size(fields::Event::kSummary) == 1 &&
                    wire::tag_size(fields::Summary::kValue) == 1 &&
                    wire::tag_size(fields::Value::kTag) == 1,
                "each has its byte in kHeader");

 public:
  static constexpr std::size_t kLongestTag = 127 - kSummaryBytes;
  static constexpr std::size_t kLargest = 9 + 11 + kHeaderBytes + kLongestTag + kNumberBytes;

  // Whether it can be this event. proto3 writes neither an empty tag nor a wall time of 0.
  static bool can_be(std::string_view tag, double wall_time) noexcept {
    return tag.size() - 1 < kLongestTag && !wire::is_omitted(wall_time);
  }

  ShortScalarEvent(const EventStamp& stamp, std::string_view tag, float value) noexcept
      : stamp_(stamp), tag_(tag), value_(value) {}

  std::size_t size() const noexcept {
    const auto step = static_cast<std::uint64_t>(stamp_.step);
    const std::size_t step_bytes =
        step == 0 ? 0 : wire::tag_size(fields::Event::kStep) + wire::varint_size(step);
    return wire::tag_size(fields::Event::kWallTime) + sizeof(double) + step_bytes + kHeaderBytes +
           tag_.size() + kNumberBytes;
  }

  void write(std::byte* event) const noexcept {
    wire::Writer out(event);
    out.double_field(fields::Event::kWallTime, stamp_.wall_time);
    if (stamp_.step != 0)
      out.varint_field(fields::Event::kStep, static_cast<std::uint64_t>(stamp_.step));
    // Two bytes more than the header has: the tag and the number, which are longer, come over them.
    store_le(out.position(), kHeader + tag_.size() * kOneInEachLength);
    out = wire::Writer(out.position() + kHeaderBytes);
    out.raw(tag_.data(), tag_.size());
    out.float_field(fields::Value::kSimpleValue, value_);
  }

 private:
  EventStamp stamp_;
  std::string_view tag_;
  float value_;
};

}  // namespace tbx
