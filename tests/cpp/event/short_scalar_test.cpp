// Short scalars are, byte for byte, what the encoder of all events makes of them.
#include "tbx/event/short_scalar.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <random>
#include <string>

#include "support/test_bytes.h"
#include "tbx/event/summary_encoder.h"

using tbx::EventStamp;
using tbx::ShortScalarEvent;
using tbx_test::Bytes;

namespace {

Bytes encoded(const EventStamp& stamp, std::string_view tag, double value) {
  REQUIRE(ShortScalarEvent::can_be(tag, stamp.wall_time));
  const ShortScalarEvent event(stamp, tag, static_cast<float>(value));
  CHECK(event.size() <= ShortScalarEvent::kLargest);
  Bytes bytes(event.size() + 8, std::byte{0xee});
  event.write(bytes.data());
  for (int i = 0; i < 8; ++i) {  // nothing is written behind its end
    CHECK(bytes.back() == std::byte{0xee});
    bytes.pop_back();
  }
  return bytes;
}

Bytes expected(const EventStamp& stamp, std::string_view tag, double value) {
  const tbx::ScalarValue scalar{tag, value};
  const tbx::ScalarField field(scalar);
  Bytes bytes(tbx::summary_event_size(stamp, field.size()));
  tbx::wire::Writer out(bytes.data());
  out = field.write(tbx::write_summary_event_header(out, stamp, field.size()));
  REQUIRE(out.position() == bytes.data() + bytes.size());
  return bytes;
}

}  // namespace

TEST_CASE("every length of tag and every width of step") {
  std::mt19937_64 random(1);
  for (std::size_t length = 1; length <= ShortScalarEvent::kLongestTag; ++length) {
    CAPTURE(length);
    const std::string tag(length, static_cast<char>('a' + length % 26));
    for (unsigned width = 0; width <= 64; ++width) {
      CAPTURE(width);
      const std::uint64_t bits = random();
      const std::uint64_t step = width == 0 ? 0 : (bits | std::uint64_t{1} << 63) >> (64 - width);
      const EventStamp stamp{1.7e9 + static_cast<double>(length), static_cast<std::int64_t>(step)};
      const double value = static_cast<double>(bits) / 1e9;
      REQUIRE(encoded(stamp, tag, value) == expected(stamp, tag, value));
    }
  }
}

TEST_CASE("every kind of number") {
  using Limits = std::numeric_limits<double>;
  for (const double value : {0.0, -0.0, 1.5, -1e300, 1e300, 1e-50, Limits::infinity(),
                             -Limits::infinity(), Limits::quiet_NaN(), Limits::denorm_min()}) {
    CAPTURE(value);
    CHECK(encoded({-1.5, 7}, "loss", value) == expected({-1.5, 7}, "loss", value));
  }
}

TEST_CASE("what proto3 leaves out, or what has a longer length, is none") {
  CHECK(!ShortScalarEvent::can_be("", 1.0));
  CHECK(!ShortScalarEvent::can_be("a", 0.0));
  CHECK(ShortScalarEvent::can_be("a", -0.0));
  CHECK(ShortScalarEvent::can_be(std::string(ShortScalarEvent::kLongestTag, 'a'), 1.0));
  CHECK(!ShortScalarEvent::can_be(std::string(ShortScalarEvent::kLongestTag + 1, 'a'), 1.0));
}
