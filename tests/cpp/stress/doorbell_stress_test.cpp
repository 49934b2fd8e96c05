// No wake-up is lost: a drain that sleeps whenever it can, and producers that come at random
// moments. A lost one would last as long as the drain's sleep.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <random>
#include <thread>
#include <vector>

#include "queue/test_ring.h"
#include "support/waiting.h"
#include "tbx/queue/doorbell.h"

using namespace std::chrono_literals;
using tbx_test::Stopwatch;
using tbx_test::TestRing;

namespace {

constexpr auto kSleep = 20s;
constexpr double kTooLateMs = 10'000;  // half the sleep, for machines that stop now and then

void no_start() {}

}  // namespace

TEST_CASE("every append is seen by a drain that sleeps between any two") {
  TestRing<std::uint64_t> ring;
  tbx::Doorbell doorbell(&no_start);
  doorbell.ring_if_asleep();  // there is a drain
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> seen{0}, sleeps{0};
  std::jthread drain([&] {
    std::uint64_t cursor = ring.head_position();
    while (!done) {
      tbx::RingRecord record;
      while (ring.read(cursor, record)) seen.fetch_add(1);
      ring.release_to(cursor);
      doorbell.fall_asleep(kSleep, [&] {
        const bool drained = ring.tail_position() == cursor;
        sleeps += drained ? 1 : 0;
        return drained && !done;
      });
    }
  });
  std::atomic<std::uint64_t> appended{0};
  std::atomic<double> worst_ms{0};
  {
    std::vector<std::jthread> producers;
    for (unsigned producer = 0; producer < 2; ++producer) {
      producers.emplace_back([&, producer] {
        std::mt19937 random(producer);
        for (int i = 0; i < 15'000 && worst_ms < kTooLateMs; ++i) {
          while (!ring.push({})) std::this_thread::yield();
          doorbell.ring_if_asleep();
          const std::uint64_t target = appended.fetch_add(1) + 1;
          // Mostly wait until the drain has it, and is about to sleep again; sometimes go on.
          if (random() % 4 != 0) {
            const Stopwatch watch;
            while (seen < target && watch.ms() < kTooLateMs) std::this_thread::yield();
            worst_ms = std::max(worst_ms.load(), watch.ms());
          }
          for (auto spin = random() % 300; spin != 0; --spin) {
            std::atomic_signal_fence(std::memory_order_seq_cst);
          }
        }
      });
    }
  }
  CHECK(tbx_test::eventually([&] { return seen == appended; }));
  CHECK(worst_ms < kTooLateMs);
  CHECK(sleeps > 1000);
  done = true;
  doorbell.ring();
}

TEST_CASE("a drain that ends and one that is started never leave an append without one") {
  static std::atomic<int> starts{0};
  static std::atomic<int> running{0};
  starts = running = 0;
  tbx::Doorbell doorbell([] {
    ++starts;
    ++running;
  });
  std::atomic<std::uint64_t> appended{0}, seen{0};
  std::atomic<bool> done{false};
  // Plays the drain whenever one has been started; ends it as soon as there is nothing to do, which
  // the mutex of the real one decides against producers that add a writer.
  std::jthread drain([&] {
    while (!done) {
      if (running == 0) {
        std::this_thread::yield();
        continue;
      }
      REQUIRE(running == 1);
      seen = appended.load();
      running = 0;
      doorbell.set_absent();
    }
  });
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t target = appended.fetch_add(1) + 1;
    const Stopwatch watch;
    while (seen < target && watch.ms() < kTooLateMs) doorbell.ring_if_asleep();
    REQUIRE(seen >= target);
  }
  done = true;
  CHECK(starts >= 1);
}
