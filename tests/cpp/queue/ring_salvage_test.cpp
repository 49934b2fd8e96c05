// What comes out of the block of a dead process: every committed record and nothing else, and from
// a block that is no ring nothing that lies outside it.
#include "tbx/queue/ring_salvage.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "queue/ring_model.h"
#include "queue/test_ring.h"

using tbx::RecordKind;
using tbx::RingRecord;
using tbx_test::AlignedBlock;
using tbx_test::Bytes;
using tbx_test::ModelRecord;
using tbx_test::RingModel;
using tbx_test::TestRing;

namespace {

using Control = tbx::DefaultRingControl;

// The records of `block`, in order; reads all their bytes.
template <typename Position = std::uint64_t>
std::vector<ModelRecord> salvaged(std::span<const std::byte> block) {
  std::vector<ModelRecord> records;
  tbx::salvage_ring<Position>(block, [&](const RingRecord& record) {
    const bool inside =
        record.payload.data() >= block.data() &&
        record.payload.data() + record.payload.size() <= block.data() + block.size();
    REQUIRE(inside);
    REQUIRE(tbx::is_known(record.kind));
    records.push_back({0, 0, record.kind, record.file_id,
                       Bytes(record.payload.begin(), record.payload.end()), true});
  });
  return records;
}

bool same_records(const std::vector<ModelRecord>& found, const std::vector<ModelRecord>& wanted) {
  return std::ranges::equal(found, wanted, [](const ModelRecord& a, const ModelRecord& b) {
    return a.kind == b.kind && a.file_id == b.file_id && a.payload == b.payload;
  });
}

Control& control_of(const AlignedBlock& block) {
  return *reinterpret_cast<Control*>(block.bytes().data());
}

// A valid, partly filled block of `capacity` bytes.
AlignedBlock filled_block(std::size_t capacity) {
  TestRing<std::uint64_t> ring(capacity);
  ring.start_at(capacity / 2);
  for (std::size_t size = 0; ring.push(tbx_test::random_bytes(size % 13)); ++size) {
  }
  return ring.block;
}

}  // namespace

TEST_CASE_TEMPLATE("a ring is salvaged whenever its process is killed", Position, std::uint8_t,
                   std::uint16_t, std::uint64_t) {
  std::size_t found = 0;
  for (unsigned seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    RingModel<Position> model{std::mt19937(seed)};
    std::vector<ModelRecord> expected;
    for (int i = 0; i < 1000; ++i) {
      model.step();
      const AlignedBlock block = model.killed_block(expected);
      REQUIRE(same_records(salvaged<Position>(block.bytes()), expected));
      found += expected.size();
    }
  }
  CHECK(found > 10'000);
}

TEST_CASE("a hole of any size between committed records is stepped over") {
  for (std::size_t size = 0; size <= 248; ++size) {
    TestRing<std::uint64_t> ring;
    REQUIRE(ring.push(tbx_test::random_bytes(5), 1));
    TestRing<std::uint64_t>::Slot slot;
    REQUIRE(ring.try_reserve(RecordKind::kWhole, 2, size, slot) == tbx::ReserveResult::kReserved);
    REQUIRE(ring.push(tbx_test::random_bytes(6), 3));
    CHECK(salvaged(ring.block.bytes()).size() == 2);
    *slot.header = 0;
    const auto records = salvaged(ring.block.bytes());
    REQUIRE(records.size() == 2);
    CHECK(records[0].file_id == 1);
    CHECK(records[1].file_id == 3);
  }
}

TEST_CASE("pieces of a large event are told apart, and a closed ring is read like an open one") {
  TestRing<std::uint64_t> ring;
  for (const RecordKind kind : {RecordKind::kFirst, RecordKind::kMiddle, RecordKind::kLast}) {
    REQUIRE(ring.push(tbx_test::random_bytes(9), 4, kind));
  }
  ring.close();
  const auto records = salvaged(ring.block.bytes());
  REQUIRE(records.size() == 3);
  CHECK(records[0].kind == RecordKind::kFirst);
  CHECK(records[1].kind == RecordKind::kMiddle);
  CHECK(records[2].kind == RecordKind::kLast);
}

TEST_CASE("an empty and a full ring") {
  TestRing<std::uint64_t> ring;
  CHECK(salvaged(ring.block.bytes()).empty());
  while (ring.push({}, 5)) {
  }
  CHECK(salvaged(ring.block.bytes()).size() == ring.capacity() / 8);
}

TEST_CASE("a block that is shorter or longer than it says is no ring") {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, Control::kDataOffset - 1,
                                 Control::kDataOffset, Control::kDataOffset + 1}) {
    CHECK(salvaged(AlignedBlock(size).bytes()).empty());
  }
  const AlignedBlock block = filled_block(1024);
  REQUIRE(!salvaged(block.bytes()).empty());
  for (const std::uint64_t capacity : {0ull, 8ull, 512ull, 1016ull, 2048ull, ~0ull}) {
    control_of(block).capacity = capacity;
    CHECK(salvaged(block.bytes()).empty());
  }
}

TEST_CASE("a capacity that is no power of two is never used, even where the size agrees") {
  for (std::size_t capacity = 1; capacity < 300; ++capacity) {
    CAPTURE(capacity);
    const AlignedBlock block(Control::kDataOffset + capacity);
    control_of(block).capacity = capacity;
    control_of(block).tail = capacity / 8 * 8;
    const auto data = block.bytes().subspan(Control::kDataOffset);
    if (capacity >= 8) {
      const std::uint64_t header =
          tbx::kCommittedBit | tbx::pack_ring_header(RecordKind::kWhole, 1, 0);
      std::memcpy(data.data(), &header, sizeof header);
    }
    const bool is_ring = capacity >= 8 && (capacity & (capacity - 1)) == 0;
    CHECK(salvaged(block.bytes()).size() == (is_ring ? 1 : 0));
  }
}

TEST_CASE("positions that no ring has") {
  const AlignedBlock block = filled_block(1024);
  Control& control = control_of(block);
  const std::uint64_t consumed = control.consumed, tail = control.tail;
  control.consumed = tail + 8;  // behind the tail
  CHECK(salvaged(block.bytes()).empty());
  control.consumed = tail - 1032;  // more than the capacity before it
  CHECK(salvaged(block.bytes()).empty());
  control.consumed = consumed + 4;
  CHECK(salvaged(block.bytes()).empty());
  control.consumed = consumed;
  control.tail = tail + 2;
  CHECK(salvaged(block.bytes()).empty());
}

TEST_CASE("a record of no known kind ends the ring: nothing behind it can be trusted") {
  for (unsigned kind = 0; kind < 128; ++kind) {
    CAPTURE(kind);
    TestRing<std::uint64_t> ring;
    REQUIRE(ring.push(tbx_test::random_bytes(5), 1));
    TestRing<std::uint64_t>::Slot slot;
    REQUIRE(ring.try_reserve(static_cast<RecordKind>(kind), 2, 8, slot) ==
            tbx::ReserveResult::kReserved);
    ring.commit(slot);
    REQUIRE(ring.push(tbx_test::random_bytes(5), 3));
    const std::size_t expected = kind == 1 ? 2 : kind >= 2 && kind <= 5 ? 3 : 1;
    CHECK(salvaged(ring.block.bytes()).size() == expected);
  }
}

TEST_CASE("random and damaged blocks never lead outside") {
  std::mt19937_64 random(1);
  for (int round = 0; round < 20'000; ++round) {
    const std::size_t capacity = std::size_t{8} << (random() % 8);
    AlignedBlock block = round % 2 == 0 ? filled_block(std::max<std::size_t>(capacity, 64))
                                        : AlignedBlock(Control::kDataOffset + capacity);
    const auto data = block.bytes().subspan(Control::kDataOffset);
    if (round % 2 == 0) {
      for (auto i = random() % 8; i != 0; --i) {
        block.bytes()[random() % block.bytes().size()] ^=
            static_cast<std::byte>(1u << (random() % 8));
      }
    } else {
      // Random words; mostly short lengths, or the walk would end at the first.
      for (std::size_t at = 0; at < data.size(); at += 8) {
        std::uint64_t word = random();
        if (random() % 4 != 0) word &= 0x85'00'00'ff'00'00'00'1full;
        if (random() % 4 == 0) word = 0;
        std::memcpy(&data[at], &word, sizeof word);
      }
      control_of(block).capacity = capacity;
      control_of(block).consumed = random() & ~std::uint64_t{7};
      control_of(block).tail =
          control_of(block).consumed + (random() % (capacity + 8) & ~std::uint64_t{7});
    }
    (void)salvaged(block.bytes());
  }
}
