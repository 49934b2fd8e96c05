// The ring in one thread: sizes, edges, closing, and a model. Threads:
// stress/event_ring_stress_test.
#include "tbx/queue/event_ring.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <random>
#include <vector>

#include "queue/ring_model.h"
#include "queue/test_ring.h"
#include "support/test_bytes.h"

using tbx::RecordKind;
using tbx::ReserveResult;
using tbx::RingRecord;
using tbx_test::Bytes;
using tbx_test::random_bytes;
using tbx_test::TestRing;

#define TBX_POSITIONS std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t

static_assert(tbx::ring_record_bytes(0) == 8);
static_assert(tbx::ring_record_bytes(1) == 16);
static_assert(tbx::ring_record_bytes(8) == 16);
static_assert(tbx::ring_record_bytes(9) == 24);

namespace {

template <typename Position>
bool is_all_zero(const TestRing<Position>& ring) {
  return std::ranges::all_of(ring.data(), [](std::byte byte) { return byte == std::byte{0}; });
}

}  // namespace

TEST_CASE("a header word keeps kind, file and length apart") {
  const Bytes payload(3);
  const std::uint64_t header = tbx::pack_ring_header(RecordKind::kLast, tbx::kMaxFileId, 3);
  for (const std::uint64_t word : {header, header | tbx::kCommittedBit}) {
    const RingRecord record = tbx::unpack_ring_header(word, payload.data());
    CHECK(record.kind == RecordKind::kLast);
    CHECK(record.file_id == tbx::kMaxFileId);
    CHECK(record.payload.data() == payload.data());
    CHECK(record.payload.size() == 3);
  }
  CHECK(tbx::pack_ring_header(RecordKind::kPadding, 0, 0) != 0);  // 0 is "not written yet"
}

TEST_CASE_TEMPLATE("records of every size, one by one through a wrapping ring", Position,
                   TBX_POSITIONS) {
  TestRing<Position> ring;
  ring.start_at(static_cast<Position>(0 - 2 * ring.capacity()));
  Bytes popped;
  for (std::size_t round = 0; round < 20; ++round) {
    for (std::size_t size = 0; size <= ring.max_payload_bytes(); ++size) {
      const Bytes payload = random_bytes(size, static_cast<unsigned>(round));
      REQUIRE(ring.push(payload));
      REQUIRE(ring.pop(popped));
      REQUIRE(popped == payload);
      REQUIRE(!ring.pop(popped));
      REQUIRE(ring.used_bytes() == 0);
    }
  }
  CHECK(is_all_zero(ring));
}

TEST_CASE_TEMPLATE("a record that just fits at the end, and one that does not", Position,
                   TBX_POSITIONS) {
  TestRing<Position> ring;
  const std::size_t capacity = ring.capacity();
  Bytes popped;
  // 16 bytes are left at the end: a payload of 8 fits, one of 9 skips them.
  for (const std::size_t size : {8u, 9u}) {
    CAPTURE(size);
    ring.start_at(static_cast<Position>(capacity - 16));
    REQUIRE(ring.push(random_bytes(size)));
    CHECK(ring.used_bytes() == (size == 8 ? 16u : 16u + 24u));
    REQUIRE(ring.pop(popped));
    CHECK(popped == random_bytes(size));
    CHECK(ring.used_bytes() == 0);
    CHECK(is_all_zero(ring));
  }
}

TEST_CASE_TEMPLATE("a cursor behind a padding that no record follows yet", Position,
                   TBX_POSITIONS) {
  TestRing<Position> ring;
  ring.start_at(static_cast<Position>(ring.capacity() - 16));
  typename TestRing<Position>::Slot slot;
  REQUIRE(ring.try_reserve(RecordKind::kWhole, 1, 16, slot) == ReserveResult::kReserved);
  Position cursor = ring.head_position();
  RingRecord record;
  CHECK(!ring.read(cursor, record));
  CHECK(static_cast<Position>(cursor - ring.head_position()) == 16);
  ring.release_to(cursor);  // the padding alone
  CHECK(ring.used_bytes() == 24);
  ring.commit(slot);
  CHECK(ring.read(cursor, record));
  CHECK(record.payload.size() == 16);
}

TEST_CASE_TEMPLATE("a full ring refuses, an empty one has nothing to read", Position,
                   TBX_POSITIONS) {
  TestRing<Position> ring;
  Bytes popped;
  CHECK(!ring.pop(popped));
  std::size_t count = 0;
  while (ring.push({})) ++count;
  CHECK(count == ring.capacity() / 8);
  CHECK(ring.used_bytes() == ring.capacity());
  typename TestRing<Position>::Slot slot;
  CHECK(ring.try_reserve(RecordKind::kWhole, 0, 0, slot) == ReserveResult::kFull);

  // A full lap is read without a release in between, and no record twice.
  Position cursor = ring.head_position();
  RingRecord record;
  for (std::size_t i = 0; i < count; ++i) REQUIRE(ring.read(cursor, record));
  CHECK(!ring.read(cursor, record));
  CHECK(ring.try_reserve(RecordKind::kWhole, 0, 0, slot) == ReserveResult::kFull);

  ring.release_to(cursor);
  CHECK(ring.used_bytes() == 0);
  CHECK(is_all_zero(ring));
  CHECK(!ring.read(cursor, record));
  CHECK(ring.push(random_bytes(ring.max_payload_bytes())));
}

TEST_CASE_TEMPLATE("records come out in the order of their reservation", Position, TBX_POSITIONS) {
  TestRing<Position> ring;
  typename TestRing<Position>::Slot first, second;
  REQUIRE(ring.try_reserve(RecordKind::kFirst, 7, 1, first) == ReserveResult::kReserved);
  REQUIRE(ring.try_reserve(RecordKind::kLast, 8, 1, second) == ReserveResult::kReserved);
  ring.commit(second);
  Position cursor = ring.head_position();
  RingRecord record;
  CHECK(!ring.read(cursor, record));
  CHECK(cursor == ring.head_position());
  ring.commit(first);
  REQUIRE(ring.read(cursor, record));
  CHECK(record.kind == RecordKind::kFirst);
  CHECK(record.file_id == 7);
  REQUIRE(ring.read(cursor, record));
  CHECK(record.kind == RecordKind::kLast);
  CHECK(record.file_id == 8);
}

TEST_CASE_TEMPLATE("after close the tail is final; reopening undoes it", Position, TBX_POSITIONS) {
  TestRing<Position> ring;
  typename TestRing<Position>::Slot before, after;
  REQUIRE(ring.try_reserve(RecordKind::kWhole, 0, 3, before) == ReserveResult::kReserved);
  const Position tail = ring.tail_position();
  ring.close();
  ring.close();
  CHECK(ring.tail_position() == tail);
  CHECK(ring.used_bytes() == 16);
  CHECK(ring.try_reserve(RecordKind::kWhole, 0, 3, after) == ReserveResult::kClosed);
  CHECK(ring.tail_position() == tail);

  // What was reserved before still gets in.
  ring.commit(before);
  Position cursor = ring.head_position();
  RingRecord record;
  CHECK(ring.read(cursor, record));
  ring.release_to(cursor);
  CHECK(ring.head_position() == tail);

  ring.reopen();
  CHECK(ring.push(random_bytes(3)));
  CHECK(ring.pop(*std::make_unique<Bytes>()));
}

TEST_CASE_TEMPLATE("an occupied ring is full, and a vacated one goes on a lap later", Position,
                   TBX_POSITIONS) {
  TestRing<Position> ring;
  Bytes popped;
  REQUIRE(ring.push(random_bytes(3)));
  CHECK(!ring.try_occupy());  // it is not empty
  REQUIRE(ring.pop(popped));
  ring.close();
  CHECK(!ring.try_occupy());
  ring.reopen();
  for (int lap = 0; lap < 300; ++lap) {
    const Position before = ring.tail_position();
    REQUIRE(ring.try_occupy());
    CHECK(!ring.try_occupy());
    CHECK(ring.used_bytes() == ring.capacity());
    CHECK(!ring.push({}));
    Position cursor = ring.head_position();
    RingRecord record;
    CHECK(!ring.read(cursor, record));
    const auto while_occupied = ring.tail_position();
    ring.vacate();
    CHECK(ring.head_position() == while_occupied);
    CHECK(ring.head_position() == static_cast<Position>(before + ring.capacity()));
    CHECK(ring.control().consumed == ring.head_position());
    CHECK(ring.used_bytes() == 0);
    REQUIRE(ring.push(random_bytes(lap % 9)));
    REQUIRE(ring.pop(popped));
    CHECK(popped == random_bytes(lap % 9));
  }
}

TEST_CASE("a closed ring says so even when it is full") {
  TestRing<std::uint64_t> ring;
  while (ring.push({})) {
  }
  ring.close();
  TestRing<std::uint64_t>::Slot slot;
  CHECK(ring.try_reserve(RecordKind::kWhole, 0, 0, slot) == ReserveResult::kClosed);
}

TEST_CASE_TEMPLATE("one reservation in each quarter tells that it crossed", Position,
                   TBX_POSITIONS) {
  TestRing<Position> ring;
  const std::size_t records = ring.capacity() / 8;
  for (int round = 0; round < 5; ++round) {
    std::size_t crossings = 0;
    for (std::size_t i = 0; i < records; ++i) {
      typename TestRing<Position>::Slot slot;
      REQUIRE(ring.try_reserve(RecordKind::kWhole, 0, 0, slot) == ReserveResult::kReserved);
      ring.commit(slot);
      crossings += slot.crossed_quarter ? 1 : 0;
      CHECK(slot.crossed_quarter == ((i + 1) % (records / 4) == 0));
    }
    CHECK(crossings == 4);
    ring.release_to(static_cast<Position>(ring.head_position() + ring.capacity()));
  }
}

TEST_CASE_TEMPLATE("random steps agree with a deque", Position, TBX_POSITIONS) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    tbx_test::RingModel<Position> model{std::mt19937(seed)};
    for (int i = 0; i < 2000; ++i) model.step();
    // Far enough to wrap the ring, and small positions as well.
    CHECK(model.travelled() > 10 * tbx_test::test_capacity<Position>());
  }
}
