// Excluding, waiting with a limit, waking. Who may enter when many want to:
// stress/patient_mutex_stress_test.
#include "tbx/queue/patient_mutex.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

#include "support/waiting.h"

using namespace std::chrono_literals;
using tbx::PatientMutex;
using tbx_test::Stopwatch;

TEST_CASE("one at a time") {
  PatientMutex mutex;
  CHECK(mutex.try_lock());
  CHECK(!mutex.try_lock());
  mutex.unlock();
  CHECK(mutex.try_lock());
}

TEST_CASE("patience ends") {
  PatientMutex mutex;
  REQUIRE(mutex.try_lock());
  const Stopwatch watch;
  CHECK(!mutex.try_lock_for(30ms));
  CHECK(watch.ms() >= 30);
  CHECK(!mutex.try_lock_for(0ns));
  CHECK(!mutex.try_lock_for(-1h));
  CHECK(watch.ms() < 10'000);
  mutex.unlock();
  CHECK(mutex.try_lock_for(-1h));
}

TEST_CASE("whoever waits gets in as soon as it is free, however long the patience") {
  for (const auto patience : {std::chrono::nanoseconds(1h), std::chrono::nanoseconds::max()}) {
    PatientMutex mutex;
    REQUIRE(mutex.try_lock());
    std::atomic<bool> entered{false};
    std::jthread waiter([&] {
      const std::unique_lock lock(mutex, patience);
      entered = lock.owns_lock();
    });
    std::jthread patient_one([&] { const std::lock_guard lock(mutex); });
    std::this_thread::sleep_for(20ms);
    CHECK(!entered);
    mutex.unlock();
    CHECK(tbx_test::eventually([&] { return entered.load(); }));
    waiter.join();
    patient_one.join();
    CHECK(mutex.try_lock());
  }
}

TEST_CASE("a child takes it from a thread that it does not have") {
  PatientMutex mutex;
  REQUIRE(mutex.try_lock());
  mutex.reset_in_child();
  CHECK(mutex.try_lock());
}
