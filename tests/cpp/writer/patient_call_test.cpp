// A call that hangs is given up on, and goes on by itself.
#include "tbx/writer/patient_call.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "support/no_more_threads.h"
#include "support/waiting.h"

using tbx::PatientCall;
using namespace std::chrono_literals;

TEST_CASE("a call that returns in time was another thread's") {
  std::thread::id there;
  const PatientCall call([&] { there = std::this_thread::get_id(); });
  CHECK(call.has_returned(1h));
  CHECK(there != std::this_thread::get_id());
  CHECK(call.has_returned(0ns));  // for good
}

TEST_CASE("a call that hangs is given up on, and may end when nobody waits any more") {
  struct Shared {
    std::atomic<bool> hangs{true}, ended{false};
  };
  const auto shared = std::make_shared<Shared>();
  {
    const PatientCall call([shared] {
      while (shared->hangs) std::this_thread::sleep_for(1ms);
      shared->ended = true;
    });
    const tbx_test::Stopwatch watch;
    CHECK(!call.has_returned(20ms));
    CHECK(watch.ms() >= 20);
    CHECK(!call.has_returned(0ns));
  }
  CHECK(!shared->ended);
  shared->hangs = false;
  CHECK(tbx_test::eventually([&] { return shared->ended.load(); }));
}

TEST_CASE("where no thread can be had the call is this one's") {
  const tbx_test::NoMoreThreads no_more_threads;
  std::thread::id there;
  const PatientCall call([&] { there = std::this_thread::get_id(); });
  CHECK(there == std::this_thread::get_id());
  CHECK(call.has_returned(0ns));
}
