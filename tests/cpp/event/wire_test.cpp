// Sizes and bytes of single fields, against arithmetic that is not the encoder's.
#include "tbx/event/wire.h"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <vector>

#include "support/test_bytes.h"

using tbx_test::Bytes;
using tbx_test::bytes_of_hex;
namespace wire = tbx::wire;

static_assert(wire::field_tag(1, wire::WireType::kFixed64) == 9);
static_assert(wire::varint_size(0) == 1);
static_assert(wire::tag_size(15) == 1 && wire::tag_size(16) == 2);
static_assert(wire::optional_string_size(3, "") == 0);
static_assert(wire::optional_string_size(3, "ab") == 4);

namespace {

// What `write` put down, checked to be `size` bytes: a byte more would be out of bounds.
Bytes written(std::size_t size, const std::function<void(wire::Writer&)>& write) {
  Bytes bytes(size);
  wire::Writer out(bytes.data());
  write(out);
  REQUIRE(out.position() == bytes.data() + size);
  return bytes;
}

// By repeated division, as the format's definition has it.
Bytes varint_by_definition(std::uint64_t value) {
  Bytes bytes;
  for (; value >= 128; value /= 128) bytes.push_back(static_cast<std::byte>(128 + value % 128));
  bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

void check_varint(std::uint64_t value) {
  CAPTURE(value);
  const Bytes expected = varint_by_definition(value);
  REQUIRE(wire::varint_size(value) == expected.size());
  REQUIRE(written(expected.size(), [&](wire::Writer& out) { out.varint(value); }) == expected);
}

}  // namespace

TEST_CASE("varints around every power of two, where a byte is added and where none is") {
  for (unsigned bit = 0; bit < 64; ++bit) {
    const std::uint64_t power = std::uint64_t{1} << bit;
    for (const std::uint64_t value : {power - 1, power, power + 1}) check_varint(value);
  }
  check_varint(std::numeric_limits<std::uint64_t>::max());
  CHECK(wire::varint_size(std::numeric_limits<std::uint64_t>::max()) == 10);
}

TEST_CASE("random varints") {
  std::mt19937_64 random(1);
  for (int i = 0; i < 2000; ++i) check_varint(random() >> (random() % 64));
}

TEST_CASE("fields are tag, then value") {
  CHECK(written(2, [](auto& out) { out.varint_field(2, 7); }) == bytes_of_hex("10 07"));
  CHECK(written(9, [](auto& out) { out.double_field(1, 1.5); }) ==
        bytes_of_hex("09 000000000000f83f"));
  CHECK(written(5, [](auto& out) { out.float_field(2, 0.25f); }) == bytes_of_hex("15 0000803e"));
  CHECK(written(4, [](auto& out) { out.string_field(1, "ab"); }) == bytes_of_hex("0a 02 6162"));
  CHECK(written(2, [](auto& out) { out.string_field(1, ""); }) == bytes_of_hex("0a 00"));
  CHECK(written(3, [](auto& out) { out.bytes_header(1, 300); }) == bytes_of_hex("0a ac02"));
  CHECK(written(3, [](auto& out) { out.varint_field(16, 1); }) == bytes_of_hex("8001 01"));
}

TEST_CASE("a proto3 string that is empty is not there") {
  CHECK(written(0, [](auto& out) { out.optional_string_field(1, ""); }).empty());
  CHECK(written(3, [](auto& out) { out.optional_string_field(1, "x"); }) ==
        bytes_of_hex("0a 01 78"));
}

TEST_CASE("the length of a length-delimited field grows with its content") {
  for (const std::size_t content : {0u, 1u, 127u, 128u, 16383u, 16384u}) {
    const Bytes bytes = tbx_test::random_bytes(content);
    const Bytes field = written(wire::bytes_field_size(9, content), [&](wire::Writer& out) {
      out.bytes_header(9, content);
      out.raw(bytes.data(), bytes.size());
    });
    CHECK(field.size() == 1 + varint_by_definition(content).size() + content);
    CHECK(Bytes(field.end() - static_cast<std::ptrdiff_t>(content), field.end()) == bytes);
  }
}

TEST_CASE("doubles and floats keep every bit, the sign of zero and of NaN too") {
  for (const double value : {0.0, -0.0, 1e-320, -1e308, std::numeric_limits<double>::infinity(),
                             std::copysign(std::numeric_limits<double>::quiet_NaN(), -1.0)}) {
    const Bytes bytes = written(8, [&](auto& out) { out.fixed64(value); });
    CHECK(tbx::load_le<std::uint64_t>(bytes.data()) == std::bit_cast<std::uint64_t>(value));
  }
  for (const float value : {0.0f, -0.0f, 1e-44f, std::numeric_limits<float>::quiet_NaN()}) {
    const Bytes bytes = written(4, [&](auto& out) { out.fixed32(value); });
    CHECK(tbx::load_le<std::uint32_t>(bytes.data()) == std::bit_cast<std::uint32_t>(value));
  }
}
