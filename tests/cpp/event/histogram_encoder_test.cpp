// Histograms, byte for byte, and the rule of which fields are written.
#include "tbx/event/histogram_encoder.h"

#include <doctest/doctest.h>

#include <bit>
#include <cstdint>
#include <limits>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "support/test_bytes.h"
#include "tbx/base/endian.h"
#include "tbx/event/wire_reader.h"

using tbx::HistogramValue;
using tbx_test::Bytes;
using tbx_test::bytes_of_hex;

namespace {

Bytes encoded(const HistogramValue& histogram) {
  // What lies behind must stay as it is.
  const std::size_t size = tbx::histogram_value_size(histogram);
  Bytes bytes(size + 8, std::byte{0xa5});
  tbx::wire::Writer out(bytes.data());
  tbx::write_histogram_value(out, histogram);
  REQUIRE(out.position() == bytes.data() + size);
  for (std::size_t i = size; i < bytes.size(); ++i) REQUIRE(bytes[i] == std::byte{0xa5});
  bytes.resize(size);
  return bytes;
}

std::uint64_t bits_at(std::span<const std::byte> content, std::size_t offset) {
  return tbx::load_le<std::uint64_t>(content.data() + offset);
}

bool same_bits(std::span<const std::byte> packed, const std::vector<double>& doubles) {
  if (packed.size() != 8 * doubles.size()) return false;
  for (std::size_t i = 0; i < doubles.size(); ++i) {
    if (bits_at(packed, 8 * i) != std::bit_cast<std::uint64_t>(doubles[i])) return false;
  }
  return true;
}

}  // namespace

// Counted out by hand, and equal to protobuf's Python runtime:
//   from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary
//   Summary(value=[Summary.Value(tag="w", histo=HistogramProto(min=-1, max=2, num=3, sum=1.5,
//     sum_squares=5.25, bucket_limit=[-1, 2], bucket=[0, 3]))]).SerializeToString().hex()
TEST_CASE("a histogram is byte for byte protobuf's") {
  const double limits[] = {-1, 2}, counts[] = {0, 3};
  CHECK(encoded({"w", -1, 2, 3, 1.5, 5.25, limits, counts}) ==
        bytes_of_hex("0a 56 0a 01 77 2a 51"
                     "09 000000000000f0bf"                         // min
                     "11 0000000000000040"                         // max
                     "19 0000000000000840"                         // num
                     "21 000000000000f83f"                         // sum
                     "29 0000000000001540"                         // sum_squares
                     "32 10 000000000000f0bf 0000000000000040"     // bucket_limit
                     "3a 10 0000000000000000 0000000000000840"));  // bucket
}

TEST_CASE("a number that is zero is not written, a negative zero is") {
  CHECK(encoded({"w"}) == bytes_of_hex("0a 05 0a 01 77 2a 00"));  // the oneof's presence remains
  CHECK(encoded({""}) == bytes_of_hex("0a 02 2a 00"));
  CHECK(encoded({"w", -0.0}) == bytes_of_hex("0a 0e 0a 01 77 2a 09 09 0000000000000080"));
  CHECK(encoded({"w", 0, -0.0}) == bytes_of_hex("0a 0e 0a 01 77 2a 09 11 0000000000000080"));
  CHECK(encoded({"w", 0, 0, 4}) == bytes_of_hex("0a 0e 0a 01 77 2a 09 19 0000000000001040"));
  CHECK(encoded({"w", 0, 0, 0, -0.0}) == bytes_of_hex("0a 0e 0a 01 77 2a 09 21 0000000000000080"));
  CHECK(encoded({"w", 0, 0, 0, 0, 1}) == bytes_of_hex("0a 0e 0a 01 77 2a 09 29 000000000000f03f"));
}

TEST_CASE("the smallest number and those that are none are written") {
  const double smallest = std::numeric_limits<double>::denorm_min();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(encoded({"", smallest, nan, 0, -infinity}) ==
        bytes_of_hex("0a 1d 2a 1b 09 0100000000000000 11 000000000000f87f 21 000000000000f0ff"));
}

TEST_CASE("zeros in buckets are written, lists without buckets are not") {
  const double zeros[] = {0.0, -0.0};
  CHECK(encoded({"", 0, 0, 0, 0, 0, zeros, {}}) ==
        bytes_of_hex("0a 14 2a 12 32 10 0000000000000000 0000000000000080"));
  CHECK(encoded({"", 0, 0, 0, 0, 0, {}, zeros}) ==
        bytes_of_hex("0a 14 2a 12 3a 10 0000000000000000 0000000000000080"));
}

TEST_CASE("the size is what gets written, whatever the lengths, and everything can be read back") {
  std::mt19937_64 random(1);
  // Around the counts at which a length needs another byte, for the list and for what is around it.
  const std::size_t lengths[] = {0, 1, 6, 8, 13, 15, 16, 17, 300, 1020, 1023, 1024, 2047, 2048};
  const auto any_double = [&] { return random() % 3 ? std::bit_cast<double>(random()) : 0.0; };
  const auto doubles = [&] {
    std::vector<double> values(lengths[random() % std::size(lengths)]);
    for (double& value : values) value = any_double();
    return values;
  };
  for (int round = 0; round < 1000; ++round) {
    const std::string tag(random() % 200, 't');
    const std::vector<double> limits = doubles(), counts = doubles();
    const double numbers[] = {any_double(), any_double(), any_double(), any_double(), any_double()};
    const Bytes bytes =
        encoded({tag, numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], limits, counts});

    tbx::wire::Reader reader(bytes);
    tbx::wire::Field value, field;
    REQUIRE(reader.next(value));
    REQUIRE(value.is(1, tbx::wire::WireType::kBytes));
    REQUIRE(value.content.data() + value.content.size() == bytes.data() + bytes.size());
    tbx::wire::Reader parts(value.content);
    if (!tag.empty()) {
      REQUIRE(parts.next(field));
      REQUIRE(field.is(1, tbx::wire::WireType::kBytes));
      REQUIRE(field.content.size() == tag.size());
    }
    REQUIRE(parts.next(field));
    REQUIRE(field.is(5, tbx::wire::WireType::kBytes));
    REQUIRE(field.content.data() + field.content.size() == bytes.data() + bytes.size());

    tbx::wire::Reader proto(field.content);
    for (std::uint32_t number = 1; number <= 5; ++number) {
      const auto bits = std::bit_cast<std::uint64_t>(numbers[number - 1]);
      if (bits == 0) continue;
      REQUIRE(proto.next(field));
      REQUIRE(field.is(number, tbx::wire::WireType::kFixed64));
      REQUIRE(bits_at(field.content, 0) == bits);
    }
    for (const auto& [number, list] : {std::pair{6U, &limits}, std::pair{7U, &counts}}) {
      if (list->empty()) continue;
      REQUIRE(proto.next(field));
      REQUIRE(field.is(number, tbx::wire::WireType::kBytes));
      REQUIRE(same_bits(field.content, *list));
    }
    REQUIRE(!proto.next(field));
    REQUIRE(proto.problem().empty());
  }
}
