#include "tbx/read/event_parts.h"

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

}  // namespace

bool EventParts::take_apart(std::span<const std::byte> payload) {
  wall_time = 0;
  step = 0;
  has_file_version = has_graph = has_run_metadata = has_session_start = false;
  values.clear();
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
