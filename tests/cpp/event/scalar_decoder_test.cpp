// What was encoded comes back, and what was damaged comes back as nothing or as something, but
// without harm.
#include "tbx/event/scalar_decoder.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "support/test_bytes.h"
#include "tbx/event/event_encoder.h"
#include "tbx/event/summary_encoder.h"

using tbx::DecodedScalar;
using tbx::EventStamp;
using tbx::ScalarEncoding;
using tbx::ScalarValue;
using tbx_test::Bytes;
using tbx_test::bytes_of_hex;

namespace {

Bytes event_of(const EventStamp& stamp, const std::vector<ScalarValue>& scalars) {
  std::size_t summary = 0;
  for (const ScalarValue& scalar : scalars) summary += tbx::ScalarField(scalar).size();
  Bytes event(tbx::summary_event_size(stamp, summary));
  tbx::wire::Writer out(event.data());
  out = tbx::write_summary_event_header(out, stamp, summary);
  for (const ScalarValue& scalar : scalars) out = tbx::ScalarField(scalar).write(out);
  REQUIRE(out.position() == event.data() + event.size());
  return event;
}

std::vector<DecodedScalar> decoded(std::span<const std::byte> event) {
  std::vector<DecodedScalar> scalars;
  tbx::decode_scalars(event, [&](const DecodedScalar& scalar) { scalars.push_back(scalar); });
  return scalars;
}

}  // namespace

TEST_CASE("scalars make the round trip") {
  std::mt19937_64 random(1);
  for (int round = 0; round < 2000; ++round) {
    const EventStamp stamp{std::ldexp(static_cast<double>(random() >> 11), -20),
                           static_cast<std::int64_t>(random() >> (random() % 64))};
    std::vector<ScalarValue> scalars(random() % 4);
    for (ScalarValue& scalar : scalars) {
      scalar = {random() % 2 == 0 ? "" : "tag",
                static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(random())))};
    }
    const auto back = decoded(event_of(stamp, scalars));
    REQUIRE(back.size() == scalars.size());
    for (std::size_t i = 0; i < back.size(); ++i) {
      REQUIRE(back[i].wall_time == stamp.wall_time);
      REQUIRE(back[i].step == stamp.step);
      const auto expected = static_cast<float>(scalars[i].value);
      REQUIRE((back[i].value == expected || (std::isnan(back[i].value) && std::isnan(expected))));
    }
  }
}

TEST_CASE("negative steps come back") {
  const auto back = decoded(event_of({1.0, std::numeric_limits<std::int64_t>::min()}, {{"a", 2}}));
  REQUIRE(back.size() == 1);
  CHECK(back[0].step == std::numeric_limits<std::int64_t>::min());
}

TEST_CASE("other kinds of value are passed over") {
  const Bytes event = event_of({1.0, 1}, {{"t", 1, ScalarEncoding::kTensorFloat},
                                          {"s", 2},
                                          {"d", 3, ScalarEncoding::kTensorDouble},
                                          {"n", 4, ScalarEncoding::kSimpleValue, "name", ""}});
  const auto back = decoded(event);
  REQUIRE(back.size() == 2);
  CHECK(back[0].value == 2);
  CHECK(back[1].value == 4);
  const tbx::ByteBuffer version = tbx::encode_file_version({2.0, 3}, "w");
  CHECK(decoded(version.bytes()).empty());
  CHECK(decoded({}).empty());
}

TEST_CASE("the stamp counts wherever it stands in the message") {
  const auto back = decoded(bytes_of_hex("2a 07 0a 05 15 0000803f 10 07 09 000000000000f83f"));
  REQUIRE(back.size() == 1);
  CHECK(back[0].step == 7);
  CHECK(back[0].wall_time == 1.5);
  CHECK(back[0].value == 1.0f);
}

TEST_CASE("damaged events are decoded without a step outside") {
  const Bytes event = event_of({1.5, 300}, {{"loss", 1}, {"accuracy", 2}});
  std::mt19937 random(1);
  std::size_t most = 0;
  for (int round = 0; round < 20000; ++round) {
    Bytes damaged(event.begin(),
                  event.end() - static_cast<std::ptrdiff_t>(random() % event.size()));
    damaged[random() % damaged.size()] ^= static_cast<std::byte>(1u << (random() % 8));
    damaged.shrink_to_fit();
    most = std::max(most, decoded(damaged).size());
  }
  CHECK(most >= 2);
}
