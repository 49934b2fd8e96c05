// The one thread: when it is there, how soon it writes, and what it costs while nothing happens.
#include "tbx/writer/drain.h"

#include <doctest/doctest.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "support/drain_threads.h"
#include "support/no_more_threads.h"
#include "support/waiting.h"
#include "writer/writer_under_test.h"

using namespace std::chrono_literals;
using tbx_test::cpu_ms_of_thread;
using tbx_test::drain_threads;
using tbx_test::eventually;
using tbx_test::is_thread_at_rest;
using tbx_test::numbered_event;
using tbx_test::SinkCall;
using tbx_test::SinkFault;
using tbx_test::sleeps_of_thread;
using tbx_test::Stopwatch;
using tbx_test::WriterUnderTest;

namespace {

bool threads_become(std::size_t count) {
  return eventually([&] { return drain_threads().size() == count; });
}

int the_drain_thread() {
  REQUIRE(threads_become(1));
  return drain_threads()[0];
}

// Until the drain has stopped napping. At rest: it has not only waited for a processor.
void wait_until_asleep(int thread) {
  std::uint64_t before;
  do {
    before = sleeps_of_thread(thread);
    std::this_thread::sleep_for(100ms);
  } while (!is_thread_at_rest(thread) || sleeps_of_thread(thread) != before);
}

// How long an event takes to its sink.
double latency_ms(WriterUnderTest& test) {
  const Stopwatch watch;
  test.append(1);
  while (test.script->content().size() != test.next_number * 24) {
    REQUIRE(watch.ms() < 10'000);
    std::this_thread::sleep_for(1ms);
  }
  return watch.ms();
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

}  // namespace

TEST_CASE("the thread comes with the first event and goes with the last writer") {
  REQUIRE(threads_become(0));
  for (int round = 0; round < 3; ++round) {
    std::vector<std::unique_ptr<WriterUnderTest>> tests;
    for (int i = 0; i < 20; ++i) tests.push_back(std::make_unique<WriterUnderTest>());
    CHECK(drain_threads().empty());
    for (auto& test : tests) test->append(1);
    REQUIRE(threads_become(1));
    for (auto& test : tests) {
      REQUIRE(eventually([&] { return test->script->content().size() == 24; }));
    }
    CHECK(drain_threads().size() == 1);  // one for all
    while (tests.size() > 1) tests.pop_back();
    std::this_thread::sleep_for(50ms);
    CHECK(drain_threads().size() == 1);
    if (round == 1) {
      CHECK(!tbx_test::close(*tests[0]->writer));
    } else {
      tests.clear();
    }
    CHECK(threads_become(0));
  }
}

TEST_CASE("a sleeping drain ends, too, when the last writer goes") {
  auto test = std::make_unique<WriterUnderTest>();
  test->append(1);
  wait_until_asleep(the_drain_thread());
  test.reset();
  CHECK(threads_become(0));
}

TEST_CASE("the thread takes no signal from the program") {
  WriterUnderTest test;
  test.append(1);
  const auto blocked =
      std::stoull(tbx_test::thread_status(the_drain_thread(), "SigBlk"), nullptr, 16);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGALRM, SIGCHLD, SIGXFSZ}) {
    CHECK((blocked >> (signal - 1) & 1) == 1);
  }
  sigset_t ours;
  REQUIRE(pthread_sigmask(SIG_SETMASK, nullptr, &ours) == 0);
  CHECK(sigismember(&ours, SIGINT) == 0);
}

TEST_CASE("an event is in its file within 50 ms, from a napping and from a sleeping drain") {
  WriterUnderTest test;
  test.append(1);
  const int thread = the_drain_thread();
  std::vector<double> napping, sleeping;
  for (int i = 0; i < 20; ++i) {
    napping.push_back(latency_ms(test));
    std::this_thread::sleep_for(std::chrono::milliseconds(i % 7));
  }
  CHECK(median(napping) < 50);
  for (int i = 0; i < 7; ++i) {
    wait_until_asleep(thread);
    sleeping.push_back(latency_ms(test));
  }
  CHECK(median(sleeping) < 50);
}

TEST_CASE("a drain with nothing to do sleeps, and does not look up") {
  WriterUnderTest test;
  test.append(1);
  const int thread = the_drain_thread();
  wait_until_asleep(thread);
  const auto sleeps = sleeps_of_thread(thread);
  std::this_thread::sleep_for(300ms);
  CHECK(sleeps_of_thread(thread) == sleeps);
  test.append(1);
  CHECK(eventually([&] { return sleeps_of_thread(thread) != sleeps; }));
}

TEST_CASE("a busy writer leaves the others their share") {
  WriterUnderTest test;
  WriterUnderTest busy({.queue_bytes = 1 << 16});
  busy.script->set_plan([&](SinkCall, std::size_t) -> std::optional<SinkFault> {
    std::this_thread::sleep_for(1ms);
    return {};
  });
  std::jthread producer([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      (void)tbx_test::append(*busy.writer, 0, numbered_event(0, busy.next_number++, 4000));
    }
  });
  REQUIRE(eventually([&] { return busy.writer->stats().blocked_ns > 0; }));
  for (int i = 0; i < 5; ++i) CHECK(latency_ms(test) < 5000);
}

TEST_CASE("while a flush hangs in its sink the drain waits without spinning") {
  WriterUnderTest test;
  std::atomic<bool> hangs{false}, go_on{false};
  WriterUnderTest other;
  other.append(1);  // so that there is a drain
  const int thread = the_drain_thread();
  tbx::EventQueue::Slot slot;
  // Reserved: the drain cannot take it before the flush does.
  REQUIRE(test.writer->queue().try_reserve(0, 8, slot) == tbx::AppendResult::kAppended);
  test.script->set_plan([&](SinkCall call, std::size_t) -> std::optional<SinkFault> {
    if (call != SinkCall::kAppend) return {};
    hangs = true;
    eventually([&] { return go_on.load(); }, 60'000);
    return {};
  });
  std::atomic<int> flushing_thread{0};
  std::jthread flushing([&] {
    flushing_thread = gettid();
    CHECK(!tbx_test::flush(*test.writer));
  });
  // Until it looks again and again whether the event has come.
  REQUIRE(
      eventually([&] { return flushing_thread != 0 && cpu_ms_of_thread(flushing_thread) > 10; }));
  std::ranges::copy(numbered_event(0, test.next_number++), slot.payload);
  test.writer->queue().commit_exclusively(slot, 8);
  REQUIRE(eventually([&] { return hangs.load(); }));
  std::this_thread::sleep_for(500ms);  // longer than the drain naps
  const double before = cpu_ms_of_thread(thread);
  std::this_thread::sleep_for(500ms);
  const double used = cpu_ms_of_thread(thread) - before;
  CHECK(before >= 0);
  CHECK(used < 100);
  CHECK(latency_ms(other) < 5000);
  go_on = true;
  flushing.join();
  CHECK(test.is_complete());
}

TEST_CASE("a sync that fails whenever it is due, and always is, does not make the drain spin") {
  WriterUnderTest test({.flush_interval = 0ns});
  test.script->set_plan([](SinkCall call, std::size_t) -> std::optional<SinkFault> {
    if (call != SinkCall::kSync) return {};
    return SinkFault{EIO};
  });
  test.append(1);
  const int thread = the_drain_thread();
  std::this_thread::sleep_for(500ms);
  const auto errors = test.writer->stats().write_errors;
  const double before = cpu_ms_of_thread(thread);
  const Stopwatch watch;
  std::this_thread::sleep_for(500ms);
  CHECK(cpu_ms_of_thread(thread) - before < 100);
  const auto more_errors = static_cast<double>(test.writer->stats().write_errors - errors);
  CHECK(more_errors < watch.ms() / 5);
  test.script->recover();
  CHECK(eventually([&] { return test.script->synced() == 24; }));
}

TEST_CASE("where no thread can be had, events wait for a flush or for better times") {
  REQUIRE(threads_become(0));
  WriterUnderTest test({.queue_bytes = 4096, .overflow_timeout = 100ms});
  {
    const tbx_test::NoMoreThreads no_more_threads;
    test.append(2);
    CHECK(!tbx_test::flush(*test.writer));
    CHECK(test.is_complete());
    CHECK(drain_threads().empty());
    test.append(2);
  }
  test.append(1);  // the next event tries again
  CHECK(eventually([&] { return test.script->content().size() == test.next_number * 24; }));
  CHECK(test.is_complete());
  CHECK(drain_threads().size() == 1);
}
