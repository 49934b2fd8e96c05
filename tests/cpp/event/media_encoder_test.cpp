// Images and sounds, byte for byte, and the rule of which fields are written.
#include "tbx/event/media_encoder.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <random>
#include <string>

#include "support/test_bytes.h"
#include "tbx/event/wire_reader.h"

using tbx::AudioValue;
using tbx::ImageValue;
using tbx::wire::Field;
using tbx::wire::Reader;
using tbx::wire::WireType;
using tbx_test::Bytes;
using tbx_test::bytes_of_hex;

namespace {

// What lies behind must stay as it is.
template <typename Write>
Bytes written(std::size_t size, Write write) {
  Bytes bytes(size + 8, std::byte{0xa5});
  tbx::wire::Writer out(bytes.data());
  write(out);
  REQUIRE(out.position() == bytes.data() + size);
  for (std::size_t i = size; i < bytes.size(); ++i) REQUIRE(bytes[i] == std::byte{0xa5});
  bytes.resize(size);
  return bytes;
}

Bytes encoded(const ImageValue& image) {
  return written(tbx::image_value_size(image),
                 [&](tbx::wire::Writer& out) { tbx::write_image_value(out, image); });
}

Bytes encoded(const AudioValue& audio) {
  return written(tbx::audio_value_size(audio),
                 [&](tbx::wire::Writer& out) { tbx::write_audio_value(out, audio); });
}

// Follows fields of bytes inwards; each must be the last of its message.
std::span<const std::byte> last_content(std::span<const std::byte> message, std::uint32_t number) {
  Reader reader(message);
  Field field, last{};
  while (reader.next(field)) last = field;
  REQUIRE(reader.problem().empty());
  REQUIRE(last.is(number, WireType::kBytes));
  return last.content;
}

}  // namespace

// Equal to protobuf's Python runtime, like the other dumps here:
//   from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
//   data = SummaryMetadata.PluginData(plugin_name="images")
//   Summary(value=[Summary.Value(tag="i", image=Summary.Image(height=2, width=300, colorspace=3,
//     encoded_image_string=b"\x89P"), metadata=SummaryMetadata(plugin_data=data))])
//     .SerializeToString().hex()
TEST_CASE("an image is byte for byte protobuf's") {
  CHECK(encoded(ImageValue{"i", 2, 300, 3, "\x89P", "images"}) ==
        bytes_of_hex("0a 1c 0a 01 69 22 0b 08 02 10 ac02 18 03 22 02 89 50"
                     "4a 0a 0a 08 0a 06 696d61676573"));
  CHECK(encoded(ImageValue{}) == bytes_of_hex("0a 02 22 00"));  // the oneof's presence remains
}

TEST_CASE("a sound is byte for byte protobuf's") {
  CHECK(encoded(AudioValue{"a", 44100, 2, 300, "RI", "audio/wav", "audio"}) ==
        bytes_of_hex("0a 29 0a 01 61 32 19 0d 00442c47 10 02 18 ac02 22 02 5249"
                     "2a 09 617564696f2f776176 4a 09 0a 07 0a 05 617564696f"));
  CHECK(encoded(AudioValue{}) == bytes_of_hex("0a 02 32 00"));
}

TEST_CASE("a sample rate of negative zero is written, as protobuf does") {
  AudioValue audio{};
  audio.sample_rate = -0.0F;
  CHECK(encoded(audio) == bytes_of_hex("0a 07 32 05 0d 00000080"));
}

TEST_CASE("the size is what gets written, whatever the lengths, and everything can be read back") {
  std::mt19937_64 random(1);
  // Around the counts at which a length needs another byte.
  const std::size_t lengths[] = {0, 1, 90, 110, 127, 128, 200, 16'300, 16'383, 16'384, 70'000};
  const auto any_number = [&] {
    return static_cast<std::int64_t>(random() >> (1 + random() % 63));
  };
  for (int round = 0; round < 500; ++round) {
    const std::string tag(random() % 200, 't'), name(1 + random() % 130, 'n');
    const std::string file(lengths[random() % std::size(lengths)], 'f'), type(random() % 40, 'm');
    const auto pixels = static_cast<std::int32_t>(random() % 100'000);

    const Bytes image = encoded(ImageValue{tag, pixels, 1, 4, file, name});
    const Bytes audio = encoded(AudioValue{tag, 1, any_number(), any_number(), file, type, name});
    for (const Bytes& bytes : {image, audio}) {
      const auto value = last_content(bytes, 1);
      const auto plugin_name = last_content(last_content(last_content(value, 9), 1), 1);
      REQUIRE(plugin_name.size() == name.size());
    }

    const Bytes bare = encoded(ImageValue{tag, pixels, 1, 4, file, ""});
    const auto proto = last_content(last_content(bare, 1), 4);
    if (!file.empty()) REQUIRE(last_content(proto, 4).size() == file.size());
  }
}
