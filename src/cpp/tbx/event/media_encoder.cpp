#include "tbx/event/media_encoder.h"

#include <bit>

#include "tbx/event/event_fields.h"

namespace tbx {
namespace {

using namespace fields;

std::size_t optional_varint_size(Field field, std::int64_t value) {
  return value == 0 ? 0
                    : wire::tag_size(field) + wire::varint_size(static_cast<std::uint64_t>(value));
}

void write_optional_varint(wire::Writer& out, Field field, std::int64_t value) {
  if (value != 0) out.varint_field(field, static_cast<std::uint64_t>(value));
}

std::size_t plugin_data_size(std::string_view plugin_name) {
  return wire::optional_string_size(PluginData::kPluginName, plugin_name);
}

std::size_t metadata_size(std::string_view plugin_name) {
  return wire::bytes_field_size(SummaryMetadata::kPluginData, plugin_data_size(plugin_name));
}

// A Value of a tag, one message of `content` bytes in `field`, and metadata.
std::size_t value_size(std::string_view tag, Field field, std::size_t content,
                       std::string_view plugin_name) {
  std::size_t size =
      wire::optional_string_size(Value::kTag, tag) + wire::bytes_field_size(field, content);
  if (!plugin_name.empty()) {
    size += wire::bytes_field_size(Value::kMetadata, metadata_size(plugin_name));
  }
  return size;
}

void write_metadata(wire::Writer& out, std::string_view plugin_name) {
  if (plugin_name.empty()) return;
  out.bytes_header(Value::kMetadata, metadata_size(plugin_name));
  out.bytes_header(SummaryMetadata::kPluginData, plugin_data_size(plugin_name));
  out.string_field(PluginData::kPluginName, plugin_name);
}

std::size_t proto_size(const ImageValue& image) {
  return optional_varint_size(Image::kHeight, image.height) +
         optional_varint_size(Image::kWidth, image.width) +
         optional_varint_size(Image::kColorspace, image.colorspace) +
         wire::optional_string_size(Image::kEncodedImageString, image.encoded);
}

bool has_sample_rate(const AudioValue& audio) {
  return std::bit_cast<std::uint32_t>(audio.sample_rate) != 0;
}

std::size_t proto_size(const AudioValue& audio) {
  std::size_t size = optional_varint_size(Audio::kNumChannels, audio.num_channels) +
                     optional_varint_size(Audio::kLengthFrames, audio.length_frames) +
                     wire::optional_string_size(Audio::kEncodedAudioString, audio.encoded) +
                     wire::optional_string_size(Audio::kContentType, audio.content_type);
  if (has_sample_rate(audio)) size += wire::tag_size(Audio::kSampleRate) + sizeof(float);
  return size;
}

}  // namespace

std::size_t image_value_size(const ImageValue& image) noexcept {
  return wire::bytes_field_size(
      Summary::kValue, value_size(image.tag, Value::kImage, proto_size(image), image.plugin_name));
}

void write_image_value(wire::Writer& out, const ImageValue& image) noexcept {
  const std::size_t proto = proto_size(image);
  out.bytes_header(Summary::kValue, value_size(image.tag, Value::kImage, proto, image.plugin_name));
  out.optional_string_field(Value::kTag, image.tag);
  out.bytes_header(Value::kImage, proto);
  write_optional_varint(out, Image::kHeight, image.height);
  write_optional_varint(out, Image::kWidth, image.width);
  write_optional_varint(out, Image::kColorspace, image.colorspace);
  out.optional_string_field(Image::kEncodedImageString, image.encoded);
  write_metadata(out, image.plugin_name);
}

std::size_t audio_value_size(const AudioValue& audio) noexcept {
  return wire::bytes_field_size(
      Summary::kValue, value_size(audio.tag, Value::kAudio, proto_size(audio), audio.plugin_name));
}

void write_audio_value(wire::Writer& out, const AudioValue& audio) noexcept {
  const std::size_t proto = proto_size(audio);
  out.bytes_header(Summary::kValue, value_size(audio.tag, Value::kAudio, proto, audio.plugin_name));
  out.optional_string_field(Value::kTag, audio.tag);
  out.bytes_header(Value::kAudio, proto);
  if (has_sample_rate(audio)) out.float_field(Audio::kSampleRate, audio.sample_rate);
  write_optional_varint(out, Audio::kNumChannels, audio.num_channels);
  write_optional_varint(out, Audio::kLengthFrames, audio.length_frames);
  out.optional_string_field(Audio::kEncodedAudioString, audio.encoded);
  out.optional_string_field(Audio::kContentType, audio.content_type);
  write_metadata(out, audio.plugin_name);
}

}  // namespace tbx
