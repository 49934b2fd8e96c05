#include "tbx/event/event_encoder.h"

#include <array>
#include <cmath>

#include "tbx/event/event_fields.h"
#include "tbx/event/utf8.h"
#include "tbx/event/wire_reader.h"

namespace tbx {
namespace {

using fields::Event;
using fields::SessionLog;
using fields::SourceMetadata;
using fields::Summary;
using fields::Value;

// TensorBoard reads any "brain.Event:" version; 2 makes it ignore out-of-order steps within a file.
constexpr std::string_view kFileVersion = "brain.Event:2";

std::size_t stamp_size(const EventStamp& stamp) {
  std::size_t size = wire::optional_double_size(Event::kWallTime, stamp.wall_time);
  if (stamp.step != 0) {
    size +=
        wire::tag_size(Event::kStep) + wire::varint_size(static_cast<std::uint64_t>(stamp.step));
  }
  return size;
}

void write_stamp(wire::Writer& out, const EventStamp& stamp) {
  out.optional_double_field(Event::kWallTime, stamp.wall_time);
  if (stamp.step != 0) out.varint_field(Event::kStep, static_cast<std::uint64_t>(stamp.step));
}

// What stopped `reader`, if it was not the end of its message.
std::string end_of_message(std::string_view message, const wire::Reader& reader) {
  if (reader.problem().empty()) return {};
  return std::string(message) + std::string(reader.problem()) + " at byte " +
         std::to_string(reader.position());
}

std::string value_problem(std::span<const std::byte> value) {
  wire::Reader reader(value);
  for (wire::Field field; reader.next(field);) {
    if (field.type != wire::WireType::kBytes) continue;
    if (field.number == Value::kTag) {
      if (!is_utf8(field.content)) return "a tag is not valid UTF-8";
    } else if (field.number == Value::kNodeName) {
      if (!is_utf8(field.content)) return "a node name is not valid UTF-8";
    } else if (field.number >= Value::kImage && field.number <= Value::kMetadata) {
      wire::Reader message(field.content);
      for (wire::Field ignored; message.next(ignored);) continue;
      if (!message.problem().empty()) return end_of_message("in a value's content, ", message);
    }
  }
  return end_of_message("in a value, ", reader);
}

std::string summary_problem(std::span<const std::byte> summary) {
  wire::Reader reader(summary);
  for (wire::Field field; reader.next(field);) {
    if (!field.is(Summary::kValue, wire::WireType::kBytes)) continue;
    if (std::string problem = value_problem(field.content); !problem.empty()) return problem;
  }
  return end_of_message("in the summary, ", reader);
}

}  // namespace

std::size_t summary_event_size(const EventStamp& stamp, std::size_t summary_bytes) noexcept {
  return stamp_size(stamp) + wire::bytes_field_size(Event::kSummary, summary_bytes);
}

wire::Writer write_summary_event_header(wire::Writer out, const EventStamp& stamp,
                                        std::size_t summary_bytes) noexcept {
  write_stamp(out, stamp);
  out.bytes_header(Event::kSummary, summary_bytes);
  return out;
}

ByteBuffer encode_file_version(const EventStamp& stamp, std::string_view source_writer) {
  const std::size_t source_size =
      wire::optional_string_size(SourceMetadata::kWriter, source_writer);
  std::size_t size =
      stamp_size(stamp) + wire::bytes_field_size(Event::kFileVersion, kFileVersion.size());
  if (source_size != 0) size += wire::bytes_field_size(Event::kSourceMetadata, source_size);
  ByteBuffer event;
  wire::Writer out(event.grow(size));
  write_stamp(out, stamp);
  out.string_field(Event::kFileVersion, kFileVersion);
  if (source_size != 0) {
    out.bytes_header(Event::kSourceMetadata, source_size);
    out.string_field(SourceMetadata::kWriter, source_writer);
  }
  return event;
}

ByteBuffer encode_session_start(const EventStamp& stamp) {
  ByteBuffer event;
  const std::size_t status_size = wire::tag_size(SessionLog::kStatus) + 1;
  wire::Writer out(
      event.grow(stamp_size(stamp) + wire::bytes_field_size(Event::kSessionLog, status_size)));
  write_stamp(out, stamp);
  out.bytes_header(Event::kSessionLog, status_size);
  out.varint_field(SessionLog::kStatus, SessionLog::kStatusStart);
  return event;
}

std::string event_problem(std::span<const std::byte> payload) {
  if (payload.size() > kMaxEventBytes) {
    return "it has " + std::to_string(payload.size()) + " bytes, and an event ends below 2 GiB";
  }
  wire::Reader reader(payload);
  for (wire::Field field; reader.next(field);) {
    if (field.is(Event::kWallTime, wire::WireType::kFixed64) && !std::isfinite(field.as_double())) {
      return "its wall time is not finite";
    }
    if (field.is(Event::kFileVersion, wire::WireType::kBytes) && !is_utf8(field.content)) {
      return "its file version is not valid UTF-8";
    }
    if (field.is(Event::kSummary, wire::WireType::kBytes)) {
      if (std::string problem = summary_problem(field.content); !problem.empty()) return problem;
    }
  }
  return end_of_message("", reader);
}

}  // namespace tbx
