// The reader over bytes that are not trusted: what it accepts, where it stops, and that it stays
// inside.
#include "tbx/event/wire_reader.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "support/test_bytes.h"

using tbx::wire::Field;
using tbx::wire::Reader;
using tbx::wire::WireType;
using tbx_test::Bytes;
using tbx_test::bytes_of_hex;

namespace {

// One field of each wire type, with the offsets at which fields end.
const Bytes kMessage = bytes_of_hex("09 000000000000f83f 10 ac02 2a 03 616263 15 0000803e 2a 00");
const std::vector<std::size_t> kFieldEnds = {0, 9, 12, 17, 22, 24};

bool lies_within(std::span<const std::byte> part, std::span<const std::byte> whole) {
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

// The problem of the first field that is none, "" if all are; every byte handed out is read.
std::string problem_of(const Bytes& message) {
  Reader reader(message);
  std::size_t end = 0;
  for (Field field; reader.next(field);) {
    REQUIRE(lies_within(field.content, message));
    REQUIRE(reader.position() >= end);
    REQUIRE(field.number != 0);
    end = reader.position() + 1;
    std::uint64_t sum = 0;
    for (const std::byte byte : field.content) sum += static_cast<std::uint64_t>(byte);
    REQUIRE(sum <= 255 * field.content.size());
  }
  return std::string(reader.problem());
}

}  // namespace

TEST_CASE("every wire type is read") {
  Reader reader(kMessage);
  Field field;
  REQUIRE(reader.next(field));
  CHECK(field.is(1, WireType::kFixed64));
  CHECK(field.as_double() == 1.5);
  REQUIRE(reader.next(field));
  CHECK(field.is(2, WireType::kVarint));
  CHECK(!field.is(2, WireType::kBytes));
  CHECK(!field.is(3, WireType::kVarint));
  CHECK(field.varint == 300);
  CHECK(reader.position() == 9);
  REQUIRE(reader.next(field));
  CHECK(field.is(5, WireType::kBytes));
  CHECK(std::ranges::equal(field.content, tbx_test::bytes_of("abc")));
  REQUIRE(reader.next(field));
  CHECK(field.is(2, WireType::kFixed32));
  CHECK(field.as_float() == 0.25f);
  REQUIRE(reader.next(field));
  CHECK(field.is(5, WireType::kBytes));
  CHECK(field.content.empty());
  CHECK(!reader.next(field));
  CHECK(reader.problem().empty());
  CHECK(!reader.next(field));
}

TEST_CASE("an empty message has no fields and no problem") { CHECK(problem_of({}).empty()); }

TEST_CASE("a truncated message is a problem unless it ends between two fields") {
  for (std::size_t size = 0; size <= kMessage.size(); ++size) {
    CAPTURE(size);
    const Bytes torn(kMessage.begin(), kMessage.begin() + static_cast<std::ptrdiff_t>(size));
    const bool whole = std::ranges::count(kFieldEnds, size) != 0;
    CHECK(problem_of(torn).empty() == whole);
  }
}

TEST_CASE("a problem stays, and so does the place of the field that has it") {
  Bytes message = kMessage;
  message.push_back(std::byte{0x0b});  // field 1, wire type 3
  Reader reader(message);
  Field field;
  while (reader.next(field)) {
  }
  CHECK(reader.problem() == "an unknown wire type");
  CHECK(reader.position() == kMessage.size());
  CHECK(!reader.next(field));
  CHECK(reader.problem() == "an unknown wire type");
  CHECK(reader.position() == kMessage.size());
}

TEST_CASE("what is no field") {
  CHECK(problem_of(bytes_of_hex("00")) == "no protobuf field");             // field number 0
  CHECK(problem_of(bytes_of_hex("05 00000000")) == "no protobuf field");    // again, with a value
  CHECK(problem_of(bytes_of_hex("80")) == "no protobuf field");             // a tag without end
  CHECK(problem_of(bytes_of_hex("8180808010 00")) == "no protobuf field");  // a tag of 33 bits
  for (const char* groups : {"0b", "0c", "0e", "0f"}) {
    CHECK(problem_of(bytes_of_hex(groups)) == "an unknown wire type");
  }
  CHECK(problem_of(bytes_of_hex("08 ffffffffff")) == "a varint without end");
  CHECK(problem_of(bytes_of_hex("08 ffffffffffffffffffff01")) == "a varint without end");
  CHECK(problem_of(bytes_of_hex("0a ff")) == "a length without end");
  CHECK(problem_of(bytes_of_hex("0a 818080808000 00")) == "a length without end");  // of 6 bytes
  CHECK(problem_of(bytes_of_hex("0a ffffffff0f 00")) == "a field that ends behind its message");
  CHECK(problem_of(bytes_of_hex("0a 02 00")) == "a field that ends behind its message");
  CHECK(problem_of(bytes_of_hex("09 00000000000000")) == "a field that ends behind its message");
}

TEST_CASE("the largest tag and the longest varint are read") {
  Bytes message = bytes_of_hex("f8ffffff0f ffffffffffffffffff01");
  Reader reader(message);
  Field field;
  REQUIRE(reader.next(field));
  CHECK(field.is((1u << 29) - 1, WireType::kVarint));
  CHECK(field.varint == ~std::uint64_t{0});
}

TEST_CASE("random and damaged bytes never lead outside") {
  std::mt19937 random(1);
  for (int round = 0; round < 20000; ++round) {
    Bytes message = round % 2 == 0
                        ? kMessage
                        : tbx_test::random_bytes(random() % 40, static_cast<unsigned>(round));
    for (unsigned i = random() % 4; i != 0 && !message.empty(); --i) {
      message[random() % message.size()] ^= static_cast<std::byte>(1u << (random() % 8));
    }
    message.shrink_to_fit();
    (void)problem_of(message);
  }
}
