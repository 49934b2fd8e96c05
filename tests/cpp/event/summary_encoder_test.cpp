// Scalars, byte for byte, in each of their encodings.
#include "tbx/event/summary_encoder.h"

#include <doctest/doctest.h>

#include <limits>
#include <random>
#include <string>

#include "support/test_bytes.h"
#include "tbx/event/wire_reader.h"

using tbx::ScalarEncoding;
using tbx::ScalarValue;
using tbx_test::Bytes;
using tbx_test::bytes_of_hex;

namespace {

Bytes encoded(const ScalarValue& scalar) {
  const tbx::ScalarField field(scalar);
  Bytes bytes(field.size());
  const tbx::wire::Writer out = field.write(tbx::wire::Writer(bytes.data()));
  REQUIRE(out.position() == bytes.data() + bytes.size());
  return bytes;
}

// The four bytes of simple_value.
Bytes simple(double value) {
  const Bytes bytes = encoded({"a", value});
  REQUIRE(bytes.size() == 10);
  CHECK(Bytes(bytes.begin(), bytes.begin() + 6) == bytes_of_hex("0a 08 0a 01 61 15"));
  return {bytes.begin() + 6, bytes.end()};
}

}  // namespace

// Counted out by hand, and equal to protobuf's Python runtime:
//   from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
//   Summary(value=[Summary.Value(tag="loss", simple_value=0.25)]).SerializeToString().hex()
TEST_CASE("a simple scalar is byte for byte protobuf's") {
  CHECK(encoded({"loss", 0.25}) == bytes_of_hex("0a 0b 0a 04 6c6f7373 15 0000803e"));
  CHECK(encoded({"", -0.0}) == bytes_of_hex("0a 05 15 00000080"));  // an empty tag is not written
  CHECK(encoded({"", 0.0}) == bytes_of_hex("0a 05 15 00000000"));   // a zero value is: a oneof
}

TEST_CASE("values at and beyond the edge of float") {
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(simple(infinity) == bytes_of_hex("0000807f"));
  CHECK(simple(-infinity) == bytes_of_hex("000080ff"));
  CHECK(simple(1e39) == bytes_of_hex("0000807f"));
  CHECK(simple(-1e39) == bytes_of_hex("000080ff"));
  CHECK(simple(std::numeric_limits<double>::quiet_NaN()) == bytes_of_hex("0000c07f"));
  CHECK(simple(1e-50) == bytes_of_hex("00000000"));
  CHECK(simple(-1e-50) == bytes_of_hex("00000080"));
  CHECK(simple(std::numeric_limits<float>::max()) == bytes_of_hex("ffff7f7f"));
  CHECK(simple(std::numeric_limits<float>::denorm_min()) == bytes_of_hex("01000000"));
  CHECK(simple(0.1) == bytes_of_hex("cdcccc3d"));  // rounded to nearest
}

TEST_CASE("a display name or a description makes metadata") {
  CHECK(encoded({"a", 1, ScalarEncoding::kSimpleValue, "D", "about"}) ==
        bytes_of_hex("0a 14 0a 01 61 15 0000803f 4a 0a 12 01 44 1a 05 61626f7574"));
  CHECK(encoded({"a", 1, ScalarEncoding::kSimpleValue, "D", ""}) ==
        bytes_of_hex("0a 0d 0a 01 61 15 0000803f 4a 03 12 01 44"));
  CHECK(encoded({"a", 1, ScalarEncoding::kSimpleValue, "", "S"}) ==
        bytes_of_hex("0a 0d 0a 01 61 15 0000803f 4a 03 1a 01 53"));
}

TEST_CASE("tensor scalars are byte for byte protobuf's, metadata and all") {
  CHECK(encoded({"a", 0.5, ScalarEncoding::kTensorFloat}) ==
        bytes_of_hex("0a 1a 0a 01 61 42 08 08 01 2a 04 0000003f"
                     "4a 0b 0a 09 0a 07 7363616c617273"));
  CHECK(encoded({"a", -0.0, ScalarEncoding::kTensorFloat}) ==
        bytes_of_hex("0a 1a 0a 01 61 42 08 08 01 2a 04 00000080"
                     "4a 0b 0a 09 0a 07 7363616c617273"));
  CHECK(encoded({"a", 0.1, ScalarEncoding::kTensorDouble, "D", "S"}) ==
        bytes_of_hex("0a 24 0a 01 61 42 0c 08 02 32 08 9a9999999999b93f"
                     "4a 11 0a 09 0a 07 7363616c617273 12 01 44 1a 01 53"));
}

TEST_CASE("the size is what gets written, whatever the lengths, and the message is well-formed") {
  std::mt19937 random(1);
  const std::size_t lengths[] = {0, 1, 100, 112, 113, 114, 127, 128, 200, 16370, 16384};
  const auto text = [&] { return std::string(lengths[random() % std::size(lengths)], 't'); };
  for (int round = 0; round < 2000; ++round) {
    const std::string tag = text(), name = text(), description = text();
    const auto encoding = static_cast<ScalarEncoding>(random() % 3);
    const Bytes bytes = encoded({tag, 1.0 / (round + 1), encoding, name, description});
    tbx::wire::Reader reader(bytes);
    tbx::wire::Field value;
    REQUIRE(reader.next(value));
    REQUIRE(value.is(1, tbx::wire::WireType::kBytes));
    REQUIRE(reader.position() == 0);
    REQUIRE(value.content.data() + value.content.size() == bytes.data() + bytes.size());
    tbx::wire::Reader parts(value.content);
    for (tbx::wire::Field part; parts.next(part);) {
      if (part.number == 1) REQUIRE(part.content.size() == tag.size());
    }
    REQUIRE(parts.problem().empty());
  }
}
