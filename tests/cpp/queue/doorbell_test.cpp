// Who is woken by what, one step at a time. Lost wake-ups: stress/doorbell_stress_test.
#include "tbx/queue/doorbell.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "support/drain_threads.h"
#include "support/waiting.h"

using namespace std::chrono_literals;
using tbx::Doorbell;
using tbx_test::Stopwatch;

namespace {

std::atomic<int> starts{0};

void count_start() { ++starts; }

// A drain that rests until it is told to end.
class RestingDrain {
 public:
  enum class Rest { kNap, kSleep };

  RestingDrain(Doorbell& doorbell, Rest rest)
      : thread_([this, &doorbell, rest] {
          id_ = gettid();
          if (rest == Rest::kNap) {
            doorbell.nap(20s);
          } else {
            doorbell.fall_asleep(20s, [] { return true; });
          }
          awake_ = true;
        }) {
    REQUIRE(tbx_test::eventually([this] { return id_ != 0 && tbx_test::is_thread_at_rest(id_); }));
  }

  bool is_awake_soon() {
    return tbx_test::eventually([this] { return awake_.load(); });
  }
  bool stays_asleep() {
    return !tbx_test::eventually([this] { return awake_.load(); }, 100);
  }

 private:
  std::atomic<int> id_{0};
  std::atomic<bool> awake_{false};
  std::jthread thread_;
};

// A doorbell whose drain has been started.
struct StartedDoorbell : Doorbell {
  StartedDoorbell() : Doorbell(&count_start) {
    starts = 0;
    ring_if_asleep();
    REQUIRE(starts == 1);
  }
};

}  // namespace

TEST_CASE("the first event starts a drain, the next ones do not") {
  starts = 0;
  Doorbell doorbell(&count_start);
  SUBCASE("with an event") { doorbell.ring_if_asleep(); }
  SUBCASE("with a burst of events") { doorbell.ring_if_resting(); }
  CHECK(starts == 1);
  for (int i = 0; i < 100; ++i) {
    doorbell.ring_if_asleep();
    doorbell.ring_if_resting();
  }
  CHECK(starts == 1);
}

TEST_CASE("a drain that ended is started again, once") {
  StartedDoorbell doorbell;
  doorbell.set_absent();
  CHECK(starts == 1);
  for (int i = 0; i < 10; ++i) doorbell.ring_if_asleep();
  CHECK(starts == 2);
}

TEST_CASE("a ring without a drain starts none") {
  starts = 0;
  Doorbell doorbell(&count_start);
  doorbell.ring();
  CHECK(starts == 0);
}

TEST_CASE("events do not disturb a nap, bursts and other business do") {
  StartedDoorbell doorbell;
  RestingDrain drain(doorbell, RestingDrain::Rest::kNap);
  for (int i = 0; i < 100; ++i) doorbell.ring_if_asleep();
  CHECK(drain.stays_asleep());
  SUBCASE("a burst") { doorbell.ring_if_resting(); }
  SUBCASE("other business") { doorbell.ring(); }
  CHECK(drain.is_awake_soon());
  CHECK(starts == 1);
}

TEST_CASE("everything wakes a sleeping drain") {
  StartedDoorbell doorbell;
  RestingDrain drain(doorbell, RestingDrain::Rest::kSleep);
  CHECK(drain.stays_asleep());
  SUBCASE("an event") { doorbell.ring_if_asleep(); }
  SUBCASE("a burst") { doorbell.ring_if_resting(); }
  SUBCASE("other business") { doorbell.ring(); }
  CHECK(drain.is_awake_soon());
  CHECK(starts == 1);
}

TEST_CASE("a drain with something to do does not fall asleep, and is awake for producers") {
  StartedDoorbell doorbell;
  const Stopwatch watch;
  doorbell.fall_asleep(1h, [] { return false; });
  CHECK(watch.ms() < 10'000);
  doorbell.ring_if_asleep();
  CHECK(starts == 1);
}

TEST_CASE("a rest ends by itself") {
  StartedDoorbell doorbell;
  const Stopwatch watch;
  doorbell.nap(20ms);
  doorbell.fall_asleep(20ms, [] { return true; });
  CHECK(watch.ms() >= 40);
  CHECK(watch.ms() < 10'000);
}

TEST_CASE("many producers start a drain once") {
  for (int round = 0; round < 200; ++round) {
    starts = 0;
    Doorbell doorbell(&count_start);
    std::atomic<int> ready{0};
    {
      std::vector<std::jthread> producers;
      for (int i = 0; i < 8; ++i) {
        producers.emplace_back([&, i] {
          ++ready;
          while (ready != 8) std::this_thread::yield();
          i % 2 == 0 ? doorbell.ring_if_asleep() : doorbell.ring_if_resting();
        });
      }
    }
    REQUIRE(starts == 1);
  }
}
