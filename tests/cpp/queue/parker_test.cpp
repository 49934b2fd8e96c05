// Sleeping and waking, one step at a time.
#include "tbx/queue/parker.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "support/waiting.h"

using namespace std::chrono_literals;
using tbx::Parker;
using tbx_test::Stopwatch;

TEST_CASE("an epoch that has moved on lets nobody sleep") {
  Parker parker;
  const std::uint32_t seen = parker.epoch();
  parker.unpark_all();
  CHECK(parker.epoch() != seen);
  const Stopwatch watch;
  parker.park(seen, 1h);
  CHECK(watch.ms() < 10'000);
}

TEST_CASE("a time-out ends the sleep, and none or a negative one is no sleep") {
  Parker parker;
  const Stopwatch watch;
  while (watch.ms() < 30) parker.park(parker.epoch(), 30ms);
  CHECK(watch.ms() < 10'000);
  const Stopwatch again;
  parker.park(parker.epoch(), 0ns);
  parker.park(parker.epoch(), -1h);
  CHECK(again.ms() < 10'000);
}

TEST_CASE("parking takes its time, to the nanosecond's field") {
  Parker parker;
  const Stopwatch watch;
  parker.park(parker.epoch(), 1s + 1ms);
  CHECK(watch.ms() >= 1000);
  CHECK(watch.ms() < 20'000);
}

TEST_CASE("one call wakes every sleeper, also from a sleep that is longer than the kernel counts") {
  Parker parker;
  const std::uint32_t seen = parker.epoch();
  std::atomic<int> awake{0};
  std::vector<std::jthread> sleepers;
  for (int i = 0; i < 4; ++i) {
    sleepers.emplace_back([&] {
      while (parker.epoch() == seen) parker.park(seen, std::chrono::nanoseconds::max());
      ++awake;
    });
  }
  std::this_thread::sleep_for(20ms);
  CHECK(awake == 0);
  parker.unpark_all();
  CHECK(tbx_test::eventually([&] { return awake == 4; }));
}
