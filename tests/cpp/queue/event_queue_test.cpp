// Appending, waiting and giving up, with a drain that the test moves. Many threads at once:
// stress/event_queue_stress_test.
#include "tbx/queue/event_queue.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include "queue/reassembly.h"
#include "support/test_bytes.h"
#include "support/waiting.h"

using namespace std::chrono_literals;
using tbx::AppendResult;
using tbx::Doorbell;
using tbx::EventQueue;
using tbx::OverflowPolicy;
using tbx_test::Bytes;
using tbx_test::random_bytes;
using tbx_test::Reassembly;
using tbx_test::Stopwatch;

namespace {

constexpr std::size_t kCapacity = EventQueue::kMinCapacityBytes;
constexpr std::size_t kLimit = kCapacity / 4 - 8;  // the largest event that goes in whole

bool go_on() { return true; }
bool give_up() { return false; }

int waits = 0;
bool count_waits() {
  ++waits;
  return true;
}

struct Event {
  std::uint32_t file_id;
  Bytes payload;
  friend bool operator==(const Event&, const Event&) = default;
};

// A queue, and a drain that moves when it is told to.
struct QueueUnderTest {
  explicit QueueUnderTest(OverflowPolicy policy = OverflowPolicy::kBlock,
                          std::chrono::nanoseconds overflow_timeout = 1h)
      : queue(kCapacity, policy, overflow_timeout, doorbell) {}

  AppendResult append(std::size_t size, bool (*between_waits)() = &go_on) {
    return queue.append(1, random_bytes(size), between_waits);
  }
  // Fills the ring to the last byte; returns the number of events.
  std::size_t fill() {
    std::size_t count = 0;
    EventQueue::Slot slot;
    while (queue.try_reserve(1, 0, slot) == AppendResult::kAppended) {
      queue.commit_exclusively(slot, 0);
      ++count;
    }
    REQUIRE(queue.ring().used_bytes() == kCapacity);
    return count;
  }
  std::size_t drain(std::size_t limit = ~std::size_t{0}) {
    std::size_t count = 0;
    while (count < limit && drain_.next()) ++count;
    return count;
  }

  Doorbell doorbell{[] {}};
  EventQueue queue;
  std::vector<Event> drained;

 private:
  Reassembly drain_{queue, [this](std::uint32_t file_id, std::span<const std::byte> event) {
                      drained.push_back({file_id, Bytes(event.begin(), event.end())});
                    }};
};

}  // namespace

TEST_CASE("a capacity is rounded up to a power of two of at least a page") {
  Doorbell doorbell{[] {}};
  const auto capacity = [&](std::size_t bytes) {
    return EventQueue(bytes, OverflowPolicy::kBlock, 1s, doorbell).ring().capacity();
  };
  CHECK(capacity(0) == 4096);
  CHECK(capacity(4096) == 4096);
  CHECK(capacity(4097) == 8192);
  CHECK(capacity(100'000) == 131'072);
}

TEST_CASE("events come out with their files and bytes, and are counted") {
  QueueUnderTest test;
  CHECK(test.queue.append(3, random_bytes(10), go_on) == AppendResult::kAppended);
  CHECK(test.queue.append(4, {}, go_on) == AppendResult::kAppended);
  EventQueue::Slot slot;
  REQUIRE(test.queue.try_reserve(tbx::kMaxFileId, 5, slot) == AppendResult::kAppended);
  std::ranges::copy(random_bytes(5), slot.payload);
  test.queue.commit_exclusively(slot, 5);
  // It waits to be written, and there is nobody who does it.
  CHECK(test.queue.append(3, random_bytes(2 * kLimit), give_up) == AppendResult::kAppended);
  test.drain();
  CHECK(test.drained == std::vector<Event>{{3, random_bytes(10)},
                                           {4, {}},
                                           {tbx::kMaxFileId, random_bytes(5)},
                                           {3, random_bytes(2 * kLimit)}});
  CHECK(test.queue.events_enqueued() == 4);
  CHECK(test.queue.bytes_enqueued() == 10 + 0 + 5 + 2 * kLimit);
  CHECK(test.queue.dropped() == 0);
  CHECK(test.queue.blocked_ns() == 0);
}

TEST_CASE("the drop policy never waits, and counts what it drops") {
  QueueUnderTest test(OverflowPolicy::kDrop);
  const std::size_t fitting = test.fill();
  const Stopwatch watch;
  for (int i = 0; i < 100; ++i) CHECK(test.append(8, &give_up) == AppendResult::kDropped);
  CHECK(test.append(3 * kLimit, &give_up) == AppendResult::kDropped);
  CHECK(watch.ms() < 5000);
  CHECK(test.queue.dropped() == 101);
  CHECK(test.queue.events_enqueued() == fitting);
  CHECK(test.queue.blocked_ns() == 0);
  CHECK(test.drain() == fitting);
  CHECK(test.append(8) == AppendResult::kAppended);
  CHECK(test.queue.events_enqueued() == fitting + 1);
}

TEST_CASE("a large event that the drop policy gives up half-way leaves no trace") {
  QueueUnderTest test(OverflowPolicy::kDrop);
  CHECK(test.append(6 * kLimit) == AppendResult::kDropped);  // more than the ring holds
  CHECK(test.queue.dropped() == 1);
  CHECK(test.queue.events_enqueued() == 0);
  CHECK(test.queue.bytes_enqueued() == 0);
  CHECK(test.drain() > 0);  // pieces
  CHECK(test.append(2) == AppendResult::kAppended);
  CHECK(test.append(2 * kLimit, &give_up) == AppendResult::kAppended);
  test.drain();
  CHECK(test.drained == std::vector<Event>{{1, random_bytes(2)}, {1, random_bytes(2 * kLimit)}});
}

TEST_CASE("a large event is in its file when it has been added, under either policy") {
  for (const OverflowPolicy policy : {OverflowPolicy::kBlock, OverflowPolicy::kDrop}) {
    QueueUnderTest test(policy);
    std::jthread drain([&] {
      while (test.drain(1) == 0) std::this_thread::sleep_for(20ms);
      std::this_thread::sleep_for(20ms);
      test.drain(1);
    });
    CHECK(test.append(2 * kLimit) == AppendResult::kAppended);
    CHECK(test.queue.ring().used_bytes() == 0);
  }
}

TEST_CASE("beside a drain that is stuck one large event waits for its file, later ones do not") {
  for (const OverflowPolicy policy : {OverflowPolicy::kBlock, OverflowPolicy::kDrop}) {
    QueueUnderTest test(policy, 2s);
    const Stopwatch watch;
    CHECK(test.append(kLimit + 1) == AppendResult::kAppended);
    const auto first_ms = watch.ms();
    CHECK(first_ms >= 2000);
    CHECK(first_ms < 20'000);
    CHECK(test.append(kLimit + 1) == AppendResult::kAppended);
    test.fill();
    for (int i = 0; i < 20; ++i) CHECK(test.append(kLimit + 1) == AppendResult::kDropped);
    CHECK(watch.ms() - first_ms < 1500);
  }
}

TEST_CASE("the block policy loses nothing to a slow drain") {
  QueueUnderTest test;
  constexpr int kEvents = 300;
  std::jthread producer([&] {
    for (int i = 0; i < kEvents; ++i) {
      const auto size = static_cast<std::size_t>(i) * 37 % (kLimit + 1);
      (void)test.queue.append(static_cast<std::uint32_t>(i),
                              random_bytes(size, static_cast<unsigned>(i)), go_on);
    }
  });
  const Stopwatch watch;
  while (test.drained.size() < kEvents && watch.ms() < 60'000) {
    std::this_thread::sleep_for(1ms);
    test.drain(3);
  }
  REQUIRE(test.drained.size() == kEvents);
  for (int i = 0; i < kEvents; ++i) {
    const Event& event = test.drained[static_cast<std::size_t>(i)];
    CHECK(event.file_id == static_cast<std::uint32_t>(i));
    CHECK(event.payload == random_bytes(event.payload.size(), static_cast<unsigned>(i)));
  }
  CHECK(test.queue.dropped() == 0);
  CHECK(test.queue.blocked_ns() > 0);
  CHECK(test.queue.events_enqueued() == kEvents);
}

TEST_CASE("room wakes who waits for it, long before its slice of waiting ends") {
  QueueUnderTest test;
  test.fill();
  double waited_ms = 0;
  for (int round = 0; round < 40; ++round) {
    std::atomic<double> took{-1};
    std::jthread producer([&] {
      const Stopwatch watch;
      tbx::RoomWait wait;
      while (test.queue.wait_for_room(0, wait) == AppendResult::kFull) {
      }
      took = watch.ms();
    });
    std::this_thread::sleep_for(2ms);
    test.drain(2);
    REQUIRE(tbx_test::eventually([&] { return took.load() >= 0; }));
    waited_ms += took;
    test.fill();
  }
  CHECK(waited_ms / 40 < 25);  // half a slice
}

TEST_CASE("a wait comes back once a slice, so that its caller can look for signals") {
  QueueUnderTest test;
  test.fill();
  tbx::RoomWait wait;
  const Stopwatch watch;
  CHECK(test.queue.wait_for_room(0, wait) == AppendResult::kFull);
  CHECK(watch.ms() >= 50);
  CHECK(test.queue.blocked_ns() >= 50'000'000);
  int slices = 0;
  CHECK(test.queue.append(1, {}, [&] { return ++slices < 3; }) == AppendResult::kDropped);
  CHECK(slices == 3);
  CHECK(watch.ms() >= 200);
  CHECK(test.queue.dropped() == 1);
}

TEST_CASE("beside a drain that is stuck the first producer waits its time and later ones do not") {
  QueueUnderTest test(OverflowPolicy::kBlock, 200ms);
  test.fill();
  for (int episode = 0; episode < 2; ++episode) {
    CAPTURE(episode);
    const auto dropped = test.queue.dropped();
    const Stopwatch watch;
    CHECK(test.append(0) == AppendResult::kDropped);
    CHECK(watch.ms() >= 200);
    CHECK(watch.ms() < 10'000);
    const auto blocked_ns = test.queue.blocked_ns();
    for (int i = 0; i < 20; ++i) CHECK(test.append(0, &count_waits) == AppendResult::kDropped);
    CHECK(waits == 0);
    CHECK(test.queue.blocked_ns() == blocked_ns);
    CHECK(test.queue.dropped() == dropped + 21);
    // It moves: the next ones wait again, and for room if there is any.
    CHECK(test.drain(2) == 2);
    CHECK(test.append(0) == AppendResult::kAppended);
    test.fill();
  }
}

TEST_CASE("a drain that is slow is not stuck") {
  QueueUnderTest test(OverflowPolicy::kBlock, 2s);
  test.fill();
  std::atomic<bool> done{false};
  std::jthread producer([&] {
    // Needs far more room than one release makes.
    CHECK(test.append(kLimit) == AppendResult::kAppended);
    done = true;
  });
  const Stopwatch watch;
  while (!done && watch.ms() < 60'000) {
    std::this_thread::sleep_for(20ms);
    test.drain(2);
  }
  CHECK(done);
  CHECK(watch.ms() > 2000);
  CHECK(test.queue.dropped() == 0);
}

TEST_CASE("without any patience for a full ring an event is dropped at once") {
  QueueUnderTest test(OverflowPolicy::kBlock, 0ns);
  test.fill();
  const Stopwatch watch;
  CHECK(test.append(0) == AppendResult::kDropped);
  CHECK(watch.ms() < 5000);
}

TEST_CASE("events at and above the limit of a record, up to many times the ring") {
  QueueUnderTest test;
  std::jthread drain([&](const std::stop_token& stop) {
    while (!stop.stop_requested() || test.queue.ring().used_bytes() != 0) {
      if (test.drain(1) == 0) std::this_thread::yield();
    }
  });
  const std::vector<std::size_t> sizes = {kLimit - 1,     kLimit,         kLimit + 1,    2 * kLimit,
                                          2 * kLimit + 1, 3 * kLimit - 1, 40 * kCapacity};
  for (const std::size_t size : sizes) REQUIRE(test.append(size) == AppendResult::kAppended);
  drain.request_stop();
  drain.join();
  REQUIRE(test.drained.size() == sizes.size());
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    CHECK(test.drained[i].payload == random_bytes(sizes[i]));
    bytes += sizes[i];
  }
  CHECK(test.queue.events_enqueued() == sizes.size());
  CHECK(test.queue.bytes_enqueued() == bytes);
}

TEST_CASE("a producer that waits for another's large event looks up once a slice, too") {
  QueueUnderTest test;
  test.fill();
  const Stopwatch watch;
  std::atomic<bool> stop{false};
  std::atomic<bool> waiting{false};
  std::jthread first([&] {
    (void)test.queue.append(1, random_bytes(2 * kLimit), [&] {
      waiting = true;
      return !stop && watch.ms() < 5000;
    });
  });
  REQUIRE(tbx_test::eventually([&] { return waiting.load(); }));
  int slices = 0;
  const auto three_slices = [&] { return ++slices < 3; };
  CHECK(test.queue.append(1, random_bytes(2 * kLimit), three_slices) == AppendResult::kDropped);
  CHECK(slices == 3);
  CHECK(watch.ms() < 5000);
  stop = true;
  first.join();
  CHECK(test.queue.dropped() == 2);
}

TEST_CASE("beside a drain that is stuck large events wait no longer, all of them together") {
  for (const std::size_t room : {std::size_t{0}, kCapacity}) {
    CAPTURE(room);
    QueueUnderTest test(OverflowPolicy::kBlock, 1500ms);
    if (room == 0) test.fill();
    const Stopwatch watch;
    std::vector<std::jthread> producers;
    for (int i = 0; i < 8; ++i) {
      producers.emplace_back([&] { (void)test.append(kLimit + 1); });
    }
    producers.clear();
    CHECK(watch.ms() < 8000);  // one after the other they take 12 s
    CHECK(test.queue.dropped() == (room == 0 ? 8 : 5));
  }
}

TEST_CASE("a large event may be added while another waits, by a signal handler of its thread") {
  QueueUnderTest test(OverflowPolicy::kBlock, 300ms);
  bool is_full = false;
  SUBCASE("for room") { is_full = test.fill() != 0; }
  SUBCASE("until it is written") {}
  const Stopwatch watch;
  bool was_interrupted = false;
  (void)test.queue.append(1, random_bytes(kLimit + 1), [&] {
    if (!std::exchange(was_interrupted, true)) {
      (void)test.queue.append(1, random_bytes(kLimit + 2), [&] { return watch.ms() < 30'000; });
    }
    return true;
  });
  CHECK(was_interrupted);
  CHECK(watch.ms() < 20'000);
  CHECK(test.queue.dropped() == (is_full ? 2 : 0));
}

TEST_CASE("a large event that a signal's handler forks in is the parent's, and the child goes on") {
  QueueUnderTest test(OverflowPolicy::kBlock, 10s);
  const auto fork = [&] {
    test.queue.reset_in_child();
    return true;
  };
  const Stopwatch watch;
  SUBCASE("while it waits for room") {
    CHECK(test.queue.append(1, random_bytes(2 * kCapacity), fork) == AppendResult::kAppended);
  }
  SUBCASE("while it waits until it is written") {
    CHECK(test.queue.append(1, random_bytes(2 * kLimit), fork) == AppendResult::kAppended);
  }
  SUBCASE("while it waits for another's") {
    (void)test.queue.append(1, random_bytes(2 * kCapacity), [&] {
      return test.queue.append(1, random_bytes(2 * kLimit), fork) == AppendResult::kAppended;
    });
  }
  CHECK(watch.ms() < 5000);
  CHECK(test.queue.ring().used_bytes() == 0);
  CHECK(test.queue.events_enqueued() == 0);
  CHECK(test.queue.dropped() == 0);
  CHECK(test.append(2 * kLimit, &give_up) == AppendResult::kAppended);
  CHECK(test.drain() == 2);
  CHECK(test.drained == std::vector<Event>{{1, random_bytes(2 * kLimit)}});
}

TEST_CASE("a closed queue takes nothing, whatever the size") {
  QueueUnderTest test;
  test.queue.ring().close();
  CHECK(test.append(0) == AppendResult::kClosed);
  CHECK(test.append(3 * kLimit) == AppendResult::kClosed);
  CHECK(test.queue.events_enqueued() == 0);
  CHECK(test.queue.dropped() == 0);
}

TEST_CASE("in a child the queue is as if just opened") {
  QueueUnderTest test(OverflowPolicy::kBlock, 0ns);
  test.fill();
  CHECK(test.append(0) == AppendResult::kDropped);
  test.queue.ring().close();
  test.queue.reset_in_child();
  CHECK(test.queue.ring().used_bytes() == 0);
  CHECK(test.queue.ring().tail_position() == 0);
  CHECK(test.queue.events_enqueued() == 0);
  CHECK(test.queue.bytes_enqueued() == 0);
  CHECK(test.queue.dropped() == 0);
  CHECK(test.queue.blocked_ns() == 0);
  CHECK(test.drain() == 0);
  CHECK(test.fill() == kCapacity / 8);
  CHECK(test.append(0) == AppendResult::kDropped);
}
