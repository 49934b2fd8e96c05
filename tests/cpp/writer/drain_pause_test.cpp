// The drain's thread ends before a fork, comes back, and survives everything meanwhile.
#include <doctest/doctest.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <new>
#include <optional>
#include <thread>

#include "support/child_process.h"
#include "support/drain_threads.h"
#include "support/waiting.h"
#include "tbx/writer/drain.h"
#include "writer/writer_under_test.h"

using namespace std::chrono_literals;
using tbx::Drain;
using tbx_test::ChildProcess;
using tbx_test::drain_threads;
using tbx_test::eventually;
using tbx_test::SinkCall;
using tbx_test::SinkFault;
using tbx_test::Stopwatch;
using tbx_test::WriterUnderTest;

namespace {

bool is_written(const WriterUnderTest& test) {
  return test.script->content().size() == test.next_number * 24;
}

}  // namespace

TEST_CASE("a pause writes what there is and ends the thread, and the next event starts another") {
  WriterUnderTest test;
  for (int round = 0; round < 5; ++round) {
    test.append(100);
    Drain::process_wide().pause(10s);
    CHECK(drain_threads().empty());
    CHECK(is_written(test));
    test.append(1);
    REQUIRE(eventually([&] { return is_written(test); }));
    CHECK(drain_threads().size() == 1);
  }
  CHECK(test.is_complete());
}

TEST_CASE("without a thread a pause is over at once") {
  REQUIRE(eventually([] { return drain_threads().empty(); }));
  WriterUnderTest test;
  const Stopwatch watch;
  Drain::process_wide().pause(10s);
  CHECK(watch.ms() < 5000);
}

TEST_CASE("a pause beside a write that hangs ends with its patience, and the thread stays") {
  WriterUnderTest test;
  std::atomic<bool> hangs{false}, go_on{false};
  test.script->set_plan([&](SinkCall call, std::size_t) -> std::optional<SinkFault> {
    if (call == SinkCall::kAppend && !hangs.exchange(true)) {
      eventually([&] { return go_on.load(); }, 60'000);
    }
    return {};
  });
  test.append(3);
  REQUIRE(eventually([&] { return hangs.load(); }));
  const Stopwatch watch;
  Drain::process_wide().pause(100ms);
  CHECK(watch.ms() >= 100);
  CHECK(watch.ms() < 5000);
  CHECK(drain_threads().size() == 1);
  go_on = true;
  test.append(3);
  CHECK(eventually([&] { return is_written(test); }));
  CHECK(drain_threads().size() == 1);
  CHECK(test.is_complete());
}

TEST_CASE("a pause under load ends the thread all the same, and the next event goes on") {
  WriterUnderTest test({.queue_bytes = 1 << 14});
  std::jthread producer([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) test.append(1);
  });
  for (int round = 0; round < 20; ++round) Drain::process_wide().pause(10s);
  producer.request_stop();
  producer.join();
  CHECK(eventually([&] { return is_written(test); }));
  CHECK(test.is_complete());
}

TEST_CASE("what could not be written before the fork is written after it, without another event") {
  WriterUnderTest test;
  test.script->fail_appends(ENOSPC);
  test.append(3);
  Drain::process_wide().pause(10s);
  REQUIRE(drain_threads().empty());
  test.script->recover();
  ChildProcess child([] {});
  CHECK(child.wait());
  CHECK(eventually([&] { return is_written(test); }));
  CHECK(test.is_complete());
}

TEST_CASE("no memory in the middle of a pass, at any call, costs neither an event nor the thread") {
  for (std::size_t failing = 0; failing < 12; ++failing) {
    CAPTURE(failing);
    WriterUnderTest test({.flush_interval = 0ns});
    const std::size_t first = test.script->calls();
    test.script->set_plan([&](SinkCall, std::size_t nth) -> std::optional<SinkFault> {
      // Two in a row, so that a second attempt fails, too.
      if (nth - first == failing || nth - first == failing + 1) throw std::bad_alloc();
      return {};
    });
    test.append(3);
    REQUIRE(eventually([&] { return test.script->synced() == test.next_number * 24; }));
    test.append(2, 8);
    REQUIRE(eventually([&] { return test.script->synced() == test.next_number * 24; }));
    CHECK(drain_threads().size() == 1);
    CHECK(test.is_complete());
    test.script->recover();
  }
}

TEST_CASE("a flush without memory says so, and the next one syncs what that one did not") {
  WriterUnderTest test;
  for (const SinkCall failing : {SinkCall::kLock, SinkCall::kAppend, SinkCall::kSync}) {
    // Before the events, or the drain might write them first and leave the flush nothing to fail
    // at.
    test.script->set_plan([failing](SinkCall call, std::size_t) -> std::optional<SinkFault> {
      if (call == failing) throw std::bad_alloc();
      return {};
    });
    test.append(3);
    CHECK(tbx_test::flush(*test.writer).sys_errno == ENOMEM);
    test.script->recover();
    CHECK(!tbx_test::flush(*test.writer));
    CHECK(test.script->synced() == test.next_number * 24);
  }
  CHECK(test.is_complete());
}
