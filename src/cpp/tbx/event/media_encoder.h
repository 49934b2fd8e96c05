// Encodes images and sounds, which are files of their own already, as a Summary.Value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tbx/event/wire.h"

namespace tbx {

struct ImageValue {
  std::string_view tag;          // valid UTF-8
  std::int32_t height = 0;       // pixels
  std::int32_t width = 0;        // pixels
  std::int32_t colorspace = 0;   // number of channels
  std::string_view encoded;      // a PNG, JPEG or GIF file
  std::string_view plugin_name;  // valid UTF-8; empty: no metadata
};

struct AudioValue {
  std::string_view tag;   // valid UTF-8
  float sample_rate = 0;  // Hz
  std::int64_t num_channels = 0;
  std::int64_t length_frames = 0;  // samples of one channel
  std::string_view encoded;        // a WAV file
  std::string_view content_type;   // its MIME type
  std::string_view plugin_name;    // valid UTF-8; empty: no metadata
};

// Bytes as a Summary.value field, its own tag and length included.
std::size_t image_value_size(const ImageValue& image) noexcept;
void write_image_value(wire::Writer& out, const ImageValue& image) noexcept;

std::size_t audio_value_size(const AudioValue& audio) noexcept;
void write_audio_value(wire::Writer& out, const AudioValue& audio) noexcept;

}  // namespace tbx
