// Many producers and one drain on a ring that is nearly always full.
#include <doctest/doctest.h>

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "queue/test_ring.h"
#include "support/numbered_event.h"
#include "tbx/queue/event_ring.h"

using tbx::ReserveResult;
using tbx::RingRecord;
using tbx_test::Bytes;
using tbx_test::numbered_event;
using tbx_test::TestRing;

namespace {

constexpr std::uint32_t kProducers = 4;

}  // namespace

// Of 32 bits, so that positions wrap once; smaller ones could wrap while a thread sleeps between
// two of its instructions, which no real ring's can.
TEST_CASE_TEMPLATE("nothing is lost, doubled, reordered or changed", Position, std::uint32_t,
                   std::uint64_t) {
  constexpr std::uint32_t kEach = 30'000;
  TestRing<Position> ring(512);
  ring.start_at(static_cast<Position>(0 - 512 * 1000));
  std::vector<std::jthread> producers;
  for (std::uint32_t producer = 0; producer < kProducers; ++producer) {
    producers.emplace_back([&ring, producer] {
      for (std::uint32_t i = 0; i < kEach; ++i) {
        const std::size_t size = 8 + (i * 13 + producer * 7) % (ring.max_payload_bytes() - 7);
        const Bytes event = numbered_event(producer, i, size);
        while (!ring.push(event, producer)) std::this_thread::yield();
      }
    });
  }
  tbx_test::ProducerOrder order;
  Position cursor = ring.head_position();
  for (std::uint32_t count = 0; count < kProducers * kEach;) {
    RingRecord record;
    if (!ring.read(cursor, record)) {
      std::this_thread::yield();
      continue;
    }
    const auto event = tbx_test::number_of(record.payload);
    REQUIRE(event.producer == record.file_id);
    order.add(event);
    ++count;
    // In batches of changing length.
    if (count % (1 + count / 1000 % 7) == 0 || ring.used_bytes() > 256) ring.release_to(cursor);
  }
  RingRecord record;
  CHECK(!ring.read(cursor, record));
  ring.release_to(cursor);
  CHECK(ring.used_bytes() == 0);
  CHECK(std::ranges::all_of(ring.data(), [](std::byte byte) { return byte == std::byte{0}; }));
}

TEST_CASE("after close nothing slips in behind the final tail") {
  for (int round = 0; round < 300; ++round) {
    TestRing<std::uint64_t> ring(1 << 14);
    std::atomic<std::uint32_t> appended{0};
    std::atomic<int> ready{0};
    std::vector<std::jthread> producers;
    for (std::uint32_t producer = 0; producer < 3; ++producer) {
      producers.emplace_back([&] {
        ++ready;
        TestRing<std::uint64_t>::Slot slot;
        while (ring.try_reserve(tbx::RecordKind::kWhole, 0, 0, slot) == ReserveResult::kReserved) {
          ring.commit(slot);
          ++appended;
        }
      });
    }
    while (ready != 3) std::this_thread::yield();
    ring.close();
    const std::uint64_t tail = ring.tail_position();
    producers.clear();  // joins
    REQUIRE(ring.tail_position() == tail);
    REQUIRE(ring.used_bytes() == appended * 8);
  }
}
