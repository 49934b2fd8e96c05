// Events in which nothing is found to be wrong are such that protobuf would read them; and looking
// for scalars survives everything.
#include <doctest/doctest.h>

#include <cmath>
#include <optional>
#include <string_view>

#include "fuzz/fuzz_target.h"
#include "tbx/event/event_encoder.h"
#include "tbx/event/scalar_decoder.h"

namespace tbx_fuzz {
namespace {

// Protobuf's parser for what is in an event, written from protobuf.dev/programming-guides/encoding
// and the limits of its C++ parser: a tag or a length that takes more than five bytes is none.
class NaiveMessage {
 public:
  explicit NaiveMessage(std::string_view bytes) : left_(bytes) {}

  struct Field {
    std::uint64_t number;
    unsigned type;
    std::string_view content;
  };

  // Nothing where the message ends, or is none: is_sound() tells.
  std::optional<Field> next() {
    if (left_.empty() || !is_sound_) return {};
    const std::uint64_t tag = varint(5);
    Field field{tag >> 3, static_cast<unsigned>(tag & 7), {}};
    std::uint64_t size = 0;
    if (field.type == 0) {
      (void)varint(10);
    } else if (field.type == 1) {
      size = 8;
    } else if (field.type == 2) {
      size = varint(5);
    } else if (field.type == 5) {
      size = 4;
    } else {
      is_sound_ = false;
    }
    is_sound_ = is_sound_ && size <= left_.size() && field.number != 0 && tag >> 32 == 0;
    if (!is_sound_) return {};
    field.content = left_.substr(0, size);
    left_.remove_prefix(size);
    return field;
  }
  bool is_sound() const { return is_sound_; }

 private:
  std::uint64_t varint(unsigned longest) {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < longest && !left_.empty(); ++i) {
      const auto byte = static_cast<unsigned char>(left_.front());
      left_.remove_prefix(1);
      value += std::uint64_t{byte} % 128 << 7 * i;
      if (byte < 128) return value;
    }
    is_sound_ = false;
    return 0;
  }

  std::string_view left_;
  bool is_sound_ = true;
};

// RFC 3629, by its table of byte sequences.
bool is_text(std::string_view text) {
  const auto in = [&](std::size_t at, unsigned least, unsigned most) {
    if (at >= text.size()) return false;
    const auto byte = static_cast<unsigned char>(text[at]);
    return byte >= least && byte <= most;
  };
  for (std::size_t i = 0; i < text.size();) {
    const bool one = in(i, 0, 0x7f);
    const bool two = in(i, 0xc2, 0xdf) && in(i + 1, 0x80, 0xbf);
    const bool three = ((in(i, 0xe0, 0xe0) && in(i + 1, 0xa0, 0xbf)) ||
                        (in(i, 0xe1, 0xec) && in(i + 1, 0x80, 0xbf)) ||
                        (in(i, 0xed, 0xed) && in(i + 1, 0x80, 0x9f)) ||
                        (in(i, 0xee, 0xef) && in(i + 1, 0x80, 0xbf))) &&
                       in(i + 2, 0x80, 0xbf);
    const bool four = ((in(i, 0xf0, 0xf0) && in(i + 1, 0x90, 0xbf)) ||
                       (in(i, 0xf1, 0xf3) && in(i + 1, 0x80, 0xbf)) ||
                       (in(i, 0xf4, 0xf4) && in(i + 1, 0x80, 0x8f))) &&
                      in(i + 2, 0x80, 0xbf) && in(i + 3, 0x80, 0xbf);
    if (!one && !two && !three && !four) return false;
    i += one ? 1 : two ? 2 : three ? 3 : 4;
  }
  return true;
}

// As far down as the promise of event_problem() goes.
bool is_value(std::string_view bytes) {
  NaiveMessage value(bytes);
  while (const auto field = value.next()) {
    if (field->type != 2) continue;
    const bool is_string = field->number == 1 || field->number == 7;
    if (is_string && !is_text(field->content)) return false;
    if ((field->number >= 4 && field->number <= 6) || field->number == 8 || field->number == 9) {
      NaiveMessage content(field->content);
      while (content.next()) {
      }
      if (!content.is_sound()) return false;
    }
  }
  return value.is_sound();
}

bool is_summary(std::string_view bytes) {
  NaiveMessage summary(bytes);
  while (const auto field = summary.next()) {
    if (field->type == 2 && field->number == 1 && !is_value(field->content)) return false;
  }
  return summary.is_sound();
}

bool is_event(std::string_view bytes) {
  NaiveMessage event(bytes);
  while (const auto field = event.next()) {
    if (field->type == 1 && field->number == 1) {
      double wall_time;
      std::memcpy(&wall_time, field->content.data(), sizeof wall_time);
      if (!std::isfinite(wall_time)) return false;
    }
    if (field->type != 2) continue;
    if (field->number == 3 && !is_text(field->content)) return false;
    if (field->number == 5 && !is_summary(field->content)) return false;
  }
  return event.is_sound();
}

}  // namespace

std::vector<Bytes> seeds() {
  using tbx_test::bytes_of_hex;
  return {
      // wall time, step, file version
      bytes_of_hex("09 000000000000f03f 10 05 1a 02 6162"),
      // summary{value{tag, simple value}}, then one with a tensor and metadata
      bytes_of_hex("09 000000000000f03f 10 ffffffffffffffffff01 2a 09 0a 07 0a 01 61 15 0000803f"),
      bytes_of_hex("2a 11 0a 0f 0a 02 c3a9 42 02 0801 4a 05 0a 03 0a 01 61"),
      // node name, image, histogram, audio; varints longer than they need be
      bytes_of_hex("2a 12 0a 10 3a 01 61 22 02 0801 2a 03 09 80 80 32 01 08 90 80 00 81 00 61")};
}

void check(std::span<const std::byte> bytes) {
  std::size_t scalars = 0;
  tbx::decode_scalars(bytes, [&](const tbx::DecodedScalar&) { ++scalars; });
  REQUIRE(scalars <= bytes.size());
  const bool is_accepted = tbx::event_problem(bytes).empty();
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  REQUIRE(is_accepted == is_event(text));
}

}  // namespace tbx_fuzz
