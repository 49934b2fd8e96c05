// Event messages, byte for byte, and the check of those that others encoded.
#include "tbx/event/event_encoder.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>

#include "support/test_bytes.h"

using tbx::EventStamp;
using tbx_test::Bytes;
using tbx_test::bytes_of_hex;
namespace wire = tbx::wire;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Bytes summary_event(const EventStamp& stamp, const Bytes& summary) {
  Bytes event(tbx::summary_event_size(stamp, summary.size()));
  wire::Writer out(event.data());
  out = tbx::write_summary_event_header(out, stamp, summary.size());
  out.raw(summary.data(), summary.size());
  REQUIRE(out.position() == event.data() + event.size());
  return event;
}

// Without its trailing 2a00, an empty Summary.
Bytes stamp_alone(const EventStamp& stamp) {
  const Bytes event = summary_event(stamp, {});
  return {event.begin(), event.end() - 2};
}

Bytes content(const tbx::ByteBuffer& buffer) {
  return {buffer.bytes().begin(), buffer.bytes().end()};
}

}  // namespace

// Bytes in this file were counted out by hand and agree with protobuf's Python runtime, e.g.
//   tensorboard.compat.proto.event_pb2.Event(wall_time=1.5, step=7).SerializeToString().hex()
TEST_CASE("stamps are byte for byte protobuf's") {
  CHECK(summary_event({1.5, 7}, bytes_of_hex("0a00")) ==
        bytes_of_hex("09 000000000000f83f 10 07 2a 02 0a00"));
  CHECK(stamp_alone({0.0, 0}).empty());
  CHECK(stamp_alone({-0.0, 0}) == bytes_of_hex("09 0000000000000080"));
  CHECK(stamp_alone({0.0, 1}) == bytes_of_hex("10 01"));
  CHECK(stamp_alone({0.0, 127}) == bytes_of_hex("10 7f"));
  CHECK(stamp_alone({0.0, 128}) == bytes_of_hex("10 8001"));
  CHECK(stamp_alone({0.0, 16383}) == bytes_of_hex("10 ff7f"));
  CHECK(stamp_alone({0.0, 16384}) == bytes_of_hex("10 808001"));
  CHECK(stamp_alone({0.0, std::int64_t{1} << 56}) == bytes_of_hex("10 808080808080808001"));
  CHECK(stamp_alone({0.0, std::numeric_limits<std::int64_t>::max()}) ==
        bytes_of_hex("10 ffffffffffffffff7f"));
  CHECK(stamp_alone({0.0, -1}) == bytes_of_hex("10 ffffffffffffffffff01"));
  CHECK(stamp_alone({0.0, std::numeric_limits<std::int64_t>::min()}) ==
        bytes_of_hex("10 80808080808080808001"));
}

TEST_CASE("the size is what gets written, for random stamps and summaries around each length") {
  std::mt19937_64 random(1);
  for (const std::size_t length : {0u, 1u, 127u, 128u, 129u, 16383u, 16384u, 16385u}) {
    const Bytes summary = tbx_test::random_bytes(length);
    for (int i = 0; i < 100; ++i) {
      const EventStamp stamp{std::bit_cast<double>(random()),
                             static_cast<std::int64_t>(random() >> (random() % 64))};
      (void)summary_event(stamp, summary);  // requires it
    }
  }
}

TEST_CASE("the file version is byte for byte protobuf's") {
  CHECK(content(tbx::encode_file_version({2.0, 0}, "")) ==
        bytes_of_hex("09 0000000000000040 1a 0d 627261696e2e4576656e743a32"));
  CHECK(content(tbx::encode_file_version({2.0, 300}, "w.py")) ==
        bytes_of_hex("09 0000000000000040 10 ac02 1a 0d 627261696e2e4576656e743a32"
                     "52 06 0a 04 772e7079"));
  const std::string long_name(200, 'x');
  CHECK(content(tbx::encode_file_version({2.0, 0}, long_name)).size() == 24 + 3 + 3 + 200);
}

TEST_CASE("the session start is byte for byte protobuf's") {
  CHECK(content(tbx::encode_session_start({2.0, 5})) ==
        bytes_of_hex("09 0000000000000040 10 05 3a 02 08 01"));
  CHECK(content(tbx::encode_session_start({2.0, -1})) ==
        bytes_of_hex("09 0000000000000040 10 ffffffffffffffffff01 3a 02 08 01"));
}

TEST_CASE("events of our own have no problem, and torn ones have") {
  const Bytes event = summary_event({1.5, 300}, bytes_of_hex("0a 03 0a 01 61"));
  const std::vector<std::size_t> ends = {0, 9, 12, event.size()};
  for (std::size_t size = 0; size <= event.size(); ++size) {
    CAPTURE(size);
    const std::string problem = tbx::event_problem(std::span(event).first(size));
    CHECK(problem.empty() == (std::ranges::count(ends, size) != 0));
  }
  CHECK(tbx::event_problem(std::span(event).first(10)) == "a varint without end at byte 9");
  CHECK(tbx::event_problem(content(tbx::encode_file_version({2.0, 0}, "w"))).empty());
  CHECK(tbx::event_problem(content(tbx::encode_session_start({2.0, 3}))).empty());
}

TEST_CASE(
    "what protobuf's parsers refuse is a problem: long tags and lengths, strings of any bytes") {
  const auto problem = [](std::string_view hex) {
    return tbx::event_problem(tbx_test::bytes_of_hex(hex));
  };
  CHECK(problem("90 80 80 80 00 05") == "");
  CHECK(problem("90 80 80 80 80 00 05") == "no protobuf field at byte 0");
  CHECK(problem("1a 81 80 80 80 00 61") == "");
  CHECK(problem("1a 81 80 80 80 80 00 61") == "a length without end at byte 0");
  CHECK(problem("10 ff ff ff ff ff ff ff ff ff 01") == "");
  CHECK(problem("1a 01 61") == "");
  CHECK(problem("1a 01 ff") == "its file version is not valid UTF-8");
  CHECK(problem("2a 05 0a 03 3a 01 61") == "");
  CHECK(problem("2a 05 0a 03 3a 01 ff") == "a node name is not valid UTF-8");
}

TEST_CASE("a wall time that is not finite is a problem wherever it stands") {
  for (const double time : {kInfinity, -kInfinity, std::numeric_limits<double>::quiet_NaN()}) {
    CHECK(tbx::event_problem(stamp_alone({time, 1})) == "its wall time is not finite");
    Bytes twice = stamp_alone({1.0, 1});
    const Bytes second = stamp_alone({time, 0});
    twice.insert(twice.end(), second.begin(), second.end());
    CHECK(tbx::event_problem(twice) == "its wall time is not finite");
  }
  CHECK(tbx::event_problem(stamp_alone({std::numeric_limits<double>::max(), 1})).empty());
  CHECK(tbx::event_problem(stamp_alone({-1e-320, 1})).empty());
}

TEST_CASE("an event of 2 GiB is a problem before a byte of it is looked at") {
  const std::byte one{};
  // Never dereferenced: the length alone decides.
  const std::span<const std::byte> too_large(&one, std::size_t{1} << 31);
  CHECK(tbx::event_problem(too_large) == "it has 2147483648 bytes, and an event ends below 2 GiB");
}

TEST_CASE("random and damaged bytes are judged without a step outside") {
  const Bytes event = summary_event({1.5, 300}, bytes_of_hex("0a 03 0a 01 61"));
  std::mt19937 random(1);
  int sound = 0;
  for (int round = 0; round < 20000; ++round) {
    Bytes damaged = round % 2 == 0
                        ? event
                        : tbx_test::random_bytes(random() % 30, static_cast<unsigned>(round));
    if (!damaged.empty()) {
      damaged[random() % damaged.size()] ^= static_cast<std::byte>(1u << (random() % 8));
    }
    damaged.shrink_to_fit();
    sound += tbx::event_problem(damaged).empty() ? 1 : 0;
  }
  CHECK(sound > 100);  // damage inside a value is none of the top level's
  CHECK(sound < 19'000);
}
