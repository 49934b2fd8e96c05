// Wall time from the tick counter is the kernel's, and never long wrong when a clock misbehaves.
#include "tbx/base/wall_clock.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "tbx/base/clock.h"
#include "tbx/base/tick_timeline.h"

using tbx::TickTimeline;

namespace {

constexpr double kMicrosecond = 1e-6;

// A machine whose clocks do as they are told.
struct Machine {
  void pass(double secs) {
    wall_ns += static_cast<std::int64_t>(std::llround(secs * 1e9));
    ticks += static_cast<std::uint64_t>(std::llround(secs * ticks_per_sec));
  }
  timespec wall() const { return {wall_ns / 1'000'000'000, wall_ns % 1'000'000'000}; }
  double secs() const { return tbx::to_secs(wall()); }
  // As WallClock does; also counts how often the clocks had to be read.
  double ask() {
    double secs;
    if (timeline.at(ticks, secs)) return secs;
    ++readings;
    timeline.read(ticks, wall());
    return this->secs();
  }
  // Asks every microsecond for a while; returns the greatest error.
  double ask_for(double duration) {
    double greatest = 0;
    for (double done = 0; done < duration; done += kMicrosecond) {
      pass(kMicrosecond);
      greatest = std::max(greatest, std::abs(ask() - secs()));
    }
    return greatest;
  }

  TickTimeline timeline;
  double ticks_per_sec = 2.6e9;
  std::uint64_t ticks = 1'000'000'000'000;
  std::int64_t wall_ns = 1'800'000'000'123'456'789;
  int readings = 0;
};

}  // namespace

TEST_CASE("the clocks are read once a millisecond when the rate is known") {
  Machine machine;
  CHECK(machine.ask_for(20e-3) < kMicrosecond);
  machine.readings = 0;
  CHECK(machine.ask_for(100e-3) < kMicrosecond);
  CHECK(machine.readings >= 99);
  CHECK(machine.readings <= 102);
}

TEST_CASE("after a pause the rate is still known") {
  Machine machine;
  machine.ask_for(20e-3);
  machine.pass(3600);
  machine.readings = 0;
  CHECK(machine.ask_for(500e-6) < kMicrosecond);
  CHECK(machine.readings == 1);
}

TEST_CASE("a clock that is set is right again within a millisecond") {
  for (const double step : {-1e-6, 2e-3, -2e-3, 3600.0, -3600.0, 1e8, -1e9}) {
    CAPTURE(step);
    Machine machine;
    machine.ask_for(20e-3);
    machine.wall_ns += static_cast<std::int64_t>(step * 1e9);
    machine.ask_for(1.1e-3);
    CHECK(machine.ask_for(20e-3) < kMicrosecond);
    machine.readings = 0;
    CHECK(machine.ask_for(20e-3) < kMicrosecond);
    CHECK(machine.readings <= 21);  // and the counter is trusted again
  }
}

TEST_CASE("a counter that jumps or changes its rate is not believed for longer") {
  for (const double ticks : {-1e15, -1e9, -1e4, 1e4, 1e9, 1e15}) {
    CAPTURE(ticks);
    Machine machine;
    machine.ask_for(20e-3);
    machine.ticks += static_cast<std::uint64_t>(static_cast<std::int64_t>(ticks));
    machine.ask_for(1.1e-3);
    CHECK(machine.ask_for(20e-3) < kMicrosecond);
  }
  for (const double rate : {1e9, 2.59e9, 2.61e9, 5e9}) {
    CAPTURE(rate);
    Machine machine;
    machine.ask_for(20e-3);
    machine.ticks_per_sec = rate;
    machine.ask_for(12e-3);
    CHECK(machine.ask_for(20e-3) < kMicrosecond);
  }
}

TEST_CASE("a counter that stands still is never believed") {
  Machine machine;
  machine.ticks_per_sec = 0;
  CHECK(machine.ask_for(20e-3) < kMicrosecond);
}

TEST_CASE("the time is the kernel's") {
  tbx::WallClock clock;
  const std::int64_t end = tbx::monotonic_ns() + 50'000'000;
  double greatest = 0;
  while (tbx::monotonic_ns() < end) {
    const double before = tbx::wall_time_secs();
    const double now = clock.now_secs();
    const double after = tbx::wall_time_secs();
    greatest = std::max({greatest, before - now, now - after});
  }
  CHECK(greatest < kMicrosecond);
}
