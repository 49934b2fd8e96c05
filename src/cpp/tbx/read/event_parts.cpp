#include "tbx/read/event_parts.h"

#include <bit>

#include "tbx/base/endian.h"
#include "tbx/event/event_fields.h"
#include "tbx/event/wire.h"
#include "tbx/event/wire_reader.h"

namespace tbx {
namespace {

using wire::Field;
using wire::Reader;
using wire::WireType;

std::string_view text_of(std::span<const std::byte> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool is_session_start(std::span<const std::byte> session_log, bool& is_start) {
  Reader parts(session_log);
  for (Field field; parts.next(field);) {
    if (field.is(fields::SessionLog::kStatus, WireType::kVarint)) {
      is_start = field.varint == fields::SessionLog::kStatusStart;
    }
  }
  return parts.problem().empty();
}

bool take_plugin(std::span<const std::byte> metadata, std::string_view& plugin) {
  Reader parts(metadata);
  for (Field field; parts.next(field);) {
    if (!field.is(fields::SummaryMetadata::kPluginData, WireType::kBytes)) continue;
    Reader data(field.content);
    for (Field part; data.next(part);) {
      if (part.is(fields::PluginData::kPluginName, WireType::kBytes)) {
        plugin = text_of(part.content);
      }
    }
    if (!data.problem().empty()) return false;
  }
  return parts.problem().empty();
}

bool take_value(std::span<const std::byte> bytes, ValuePart& value) {
  value.bytes = bytes;
  Reader parts(bytes);
  for (Field part; parts.next(part);) {
    switch (part.number) {
      case fields::Value::kTag:
        if (part.type == WireType::kBytes) value.tag = text_of(part.content);
        break;
      case fields::Value::kSimpleValue:
        if (part.type != WireType::kFixed32) break;
        value.kind = ValueKind::kScalar;
        value.simple_value = part.as_float();
        break;
      case fields::Value::kImage:
        value.kind = ValueKind::kImage;
        break;
      case fields::Value::kHisto:
        value.kind = ValueKind::kHistogram;
        break;
      case fields::Value::kAudio:
        value.kind = ValueKind::kAudio;
        break;
      case fields::Value::kTensor:
        value.kind = ValueKind::kTensor;
        value.tensor = part.content;
        break;
      case fields::Value::kMetadata:
        if (part.type == WireType::kBytes && !take_plugin(part.content, value.plugin)) return false;
        break;
      default:
        break;
    }
  }
  return parts.problem().empty();
}

constexpr std::byte key(std::uint32_t field, WireType type) {
  return static_cast<std::byte>(wire::field_tag(field, type));
}

// Takes apart what nearly all events of long files are, in a fifth of the time: a wall time, a
// step, and one simple_value behind its tag, in this order and with lengths below 128, as every
// writer makes them. False if `payload` is anything else.
bool take_plain_scalar(std::span<const std::byte> payload, double& wall_time, std::int64_t& step,
                       ValuePart& value) {
  constexpr std::size_t kBehindTag = 5;  // key and float
  const std::byte* at = payload.data();
  const std::byte* const end = at + payload.size();
  if (payload.size() < 20 || *at != key(fields::Event::kWallTime, WireType::kFixed64)) return false;
  wall_time = std::bit_cast<double>(load_le<std::uint64_t>(at + 1));
  at += 9;
  std::uint64_t bits = 0;
  if (*at == key(fields::Event::kStep, WireType::kVarint)) {
    ++at;
    // At most five bytes: 10 + 5 of the 20 that there are. Longer steps go the other way.
    unsigned shift = 0;
    for (;; shift += 7) {
      if (shift == 35) return false;
      const auto byte = static_cast<std::uint64_t>(*at++);
      bits |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
  }
  // Keys and lengths of the summary, of the value and of the tag.
  const auto left = static_cast<std::size_t>(end - at);
  if (left < 6 + kBehindTag || left > 127 ||
      at[0] != key(fields::Event::kSummary, WireType::kBytes) ||
      static_cast<std::size_t>(at[1]) != left - 2 ||
      at[2] != key(fields::Summary::kValue, WireType::kBytes) ||
      static_cast<std::size_t>(at[3]) != left - 4 ||
      at[4] != key(fields::Value::kTag, WireType::kBytes) ||
      static_cast<std::size_t>(at[5]) != left - 6 - kBehindTag ||
      end[-5] != key(fields::Value::kSimpleValue, WireType::kFixed32)) {
    return false;
  }
  step = static_cast<std::int64_t>(bits);
  value.tag = text_of({at + 6, left - 6 - kBehindTag});
  value.kind = ValueKind::kScalar;
  value.simple_value = std::bit_cast<float>(load_le<std::uint32_t>(end - 4));
  value.bytes = {at + 4, left - 4};
  return true;
}

}  // namespace

bool EventParts::take_apart(std::span<const std::byte> payload) {
  wall_time = 0;
  step = 0;
  has_file_version = has_graph = has_run_metadata = has_session_start = false;
  values.clear();
  if (ValuePart value; take_plain_scalar(payload, wall_time, step, value)) {
    values.push_back(value);
    return true;
  }
  wall_time = 0;
  Reader event(payload);
  for (Field field; event.next(field);) {
    switch (field.number) {
      case fields::Event::kWallTime:
        if (field.type == WireType::kFixed64) wall_time = field.as_double();
        break;
      case fields::Event::kStep:
        if (field.type == WireType::kVarint) step = static_cast<std::int64_t>(field.varint);
        break;
      case fields::Event::kFileVersion:
        has_file_version = true;
        break;
      case fields::Event::kGraphDef:
        has_graph = true;
        break;
      case fields::Event::kTaggedRunMetadata:
        has_run_metadata = true;
        break;
      case fields::Event::kSummary:
        if (field.type == WireType::kBytes && !take_values(field.content)) return false;
        break;
      case fields::Event::kSessionLog:
        if (!is_session_start(field.content, has_session_start)) return false;
        break;
      default:
        break;
    }
  }
  return event.problem().empty();
}

bool EventParts::take_values(std::span<const std::byte> summary) {
  Reader parts(summary);
  for (Field field; parts.next(field);) {
    if (!field.is(fields::Summary::kValue, WireType::kBytes)) continue;
    values.emplace_back();
    if (!take_value(field.content, values.back())) return false;
  }
  return parts.problem().empty();
}

}  // namespace tbx
