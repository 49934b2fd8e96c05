// fork() in a process whose drain is at work: nothing is lost, nothing is written twice, and nobody
// waits for a thread that is not there.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "support/beside_threads.h"
#include "support/child_process.h"
#include "support/drain_threads.h"
#include "support/no_more_threads.h"
#include "support/temp_directory.h"
#include "support/waiting.h"
#include "tbx/writer/event_writer.h"
#include "writer/writer_under_test.h"

using namespace std::chrono_literals;
using tbx::AppendResult;
using tbx::EventWriter;
using tbx_test::Bytes;
using tbx_test::child_check;
using tbx_test::ChildProcess;
using tbx_test::eventually;
using tbx_test::file_content;
using tbx_test::kBesideThreads;
using tbx_test::numbered_event;
using tbx_test::numbers_of;
using tbx_test::recorded_payloads;
using tbx_test::SinkCall;
using tbx_test::SinkFault;
using tbx_test::TempDirectory;
using tbx_test::WriterUnderTest;

namespace {

// A child of a process with several threads, which may log.
class LoggingChild : public ChildProcess {
 public:
  template <typename Body>
  explicit LoggingChild(Body body)
      : ChildProcess([&] {
#ifdef __SANITIZE_THREAD__
          // ThreadSanitizer cannot follow a child that starts threads: gcc 12's ends it, with "dup
          // thread with used id". So the child has no drain there; its flush needs none.
          const tbx_test::NoMoreThreads no_more_threads;
#endif
          body();
        }) {
  }
};

// A writer with one real file, and how many events of each producer are to be in it.
struct SharedFile {
  explicit SharedFile(const tbx::EventWriterOptions& options = {})
      : writer(EventWriter::open(options)), file(writer->open_file(directory.path(), {})) {}

  bool append(std::uint32_t producer, std::uint32_t number, std::size_t size = 8) {
    return tbx_test::append(*writer, file.id, numbered_event(producer, number, size)) ==
           AppendResult::kAppended;
  }

  // Each producer's events from 0 on, once and in order; `expected` by producer.
  void check(const std::map<std::uint32_t, std::uint32_t>& expected) const {
    auto events = recorded_payloads(file_content(file.path));
    REQUIRE(!events.empty());
    events.erase(events.begin());  // the file version
    tbx_test::ProducerOrder order;
    order.add_all(numbers_of(events));
    CHECK(order.counts() == expected);
  }

  TempDirectory directory;
  std::shared_ptr<EventWriter> writer;
  EventWriter::OpenedFile file;
};

// A thread that appends without pause until the object goes; producer 0.
class BusyProducer {
 public:
  explicit BusyProducer(SharedFile& shared, std::size_t size = 50)
      : thread_([this, &shared, size](const std::stop_token& stop) {
          while (!stop.stop_requested()) {
            if (!shared.append(0, count_, size)) break;
            ++count_;
            if (count_ % 100 == 0) std::this_thread::sleep_for(100us);
          }
        }) {}
  std::uint32_t stop() {
    thread_.request_stop();
    thread_.join();
    return count_;
  }

 private:
  std::uint32_t count_ = 0;
  std::jthread thread_;
};

}  // namespace

TEST_CASE("fifty children beside a busy drain: all events once" * kBesideThreads) {
  SharedFile shared;
  std::map<std::uint32_t, std::uint32_t> expected;
  BusyProducer producer(shared);
  for (std::uint32_t child = 1; child <= 50; ++child) {
    CAPTURE(child);
    LoggingChild process([&] {
      if (child % 5 == 0) return;  // does nothing, and adds nothing
      for (std::uint32_t i = 0; i < 30; ++i) child_check(shared.append(child, i), "it is appended");
      if (child % 5 == 1) {
        child_check(!tbx_test::close(*shared.writer), "the child closes");
      } else if (child % 5 == 2) {
        shared.writer.reset();
      } else {
        child_check(!tbx_test::flush(*shared.writer), "the child flushes");
      }
    });
    REQUIRE(shared.append(1000, child - 1));
    REQUIRE(process.wait());
    if (child % 5 != 0) expected[child] = 30;
  }
  expected[0] = producer.stop();
  expected[1000] = 50;
  CHECK(!tbx_test::close(*shared.writer));
  shared.check(expected);
}

#ifndef __SANITIZE_THREAD__  // see LoggingChild
TEST_CASE("children by the drain alone, which is one of their own" * kBesideThreads) {
  SharedFile shared;
  REQUIRE(shared.append(0, 0));
  for (std::uint32_t child = 1; child <= 5; ++child) {
    LoggingChild process([&] {
      child_check(tbx_test::drain_threads().empty(), "the parent's drain is not in the child");
      child_check(shared.append(child, 0), "it is appended");
      child_check(eventually([&] { return shared.writer->stats().events_written == 1; }),
                  "the child's own drain writes");
      child_check(tbx_test::drain_threads().size() == 1, "the child has a drain");
    });
    REQUIRE(process.wait());
  }
  CHECK(!tbx_test::close(*shared.writer));
  shared.check({{0, 1}, {1, 1}, {2, 1}, {3, 1}, {4, 1}, {5, 1}});
}
#endif

TEST_CASE("a child starts with an empty queue and counters of its own") {
  WriterUnderTest test;
  test.script->fail_appends(ENOSPC);
  test.append(5);
  CHECK(tbx_test::flush(*test.writer).sys_errno == ENOSPC);
  LoggingChild process([&] {
    const tbx::WriterStats stats = test.writer->stats();
    child_check(stats.events_enqueued == 0 && stats.bytes_enqueued == 0, "nothing is enqueued");
    child_check(stats.events_written == 0 && stats.bytes_written == 0, "nothing is written");
    child_check(stats.write_errors == 0 && stats.ring_used_bytes == 0, "nothing is wrong");
    child_check(!test.writer->failures().is_set(), "there is no failure to report");
    const std::size_t calls = test.script->calls();
    child_check(!tbx_test::flush(*test.writer), "a flush of nothing succeeds");
    child_check(test.script->calls() == calls, "it does nothing");
  });
  CHECK(process.wait());
  test.script->recover();
  CHECK(!tbx_test::flush(*test.writer));
  CHECK(test.is_complete());
}

TEST_CASE("a child forked while the drain and a flush hang in the sink is free of them") {
  WriterUnderTest test;
  std::atomic<bool> hangs{false}, go_on{false};
  test.script->set_plan([&](SinkCall call, std::size_t) -> std::optional<SinkFault> {
    if (call != SinkCall::kAppend) return {};
    hangs = true;
    eventually([&] { return go_on.load(); }, 30'000);
    return {};
  });
  test.append(3);
  REQUIRE(eventually([&] { return hangs.load(); }));
  std::jthread flushing([&] { CHECK(!tbx_test::flush(*test.writer)); });
  std::this_thread::sleep_for(20ms);
  LoggingChild process([&] {
    // The child's copy of the sink: neither locked nor in the middle of anything.
    test.script->recover();
    test.script->locked = false;
    child_check(tbx_test::append(*test.writer, 0, numbered_event(1, 0)) == AppendResult::kAppended,
                "it is appended");
    // The parent's drain holds a reference for its pass, for ever in this process.
    test.writer.reset();
    const auto events = recorded_payloads(test.script->content());
    child_check(numbers_of(events) == tbx_test::numbers(1, 1), "only the child's event is written");
  });
  CHECK(process.wait());
  go_on = true;
  flushing.join();
  CHECK(test.is_complete());
}

TEST_CASE("a child forked while another thread holds a large event half-way can append its own" *
          kBesideThreads) {
#ifdef __SANITIZE_THREAD__
  constexpr std::uint32_t kChildren = 2;  // they have no drain, and wait in vain for it to write
  constexpr auto kPatience = 1s;
#else
  constexpr std::uint32_t kChildren = 10;
  constexpr auto kPatience = 1h;
#endif
  SharedFile shared({.queue_bytes = 4096, .overflow_timeout = kPatience});
  BusyProducer producer(shared, 3000);
  for (std::uint32_t child = 1; child <= kChildren; ++child) {
    LoggingChild process([&] {
      child_check(shared.append(child, 0, 3000), "it is appended");
      child_check(!tbx_test::flush(*shared.writer), "the child flushes");
    });
    REQUIRE(process.wait());
  }
  std::map<std::uint32_t, std::uint32_t> expected = {{0, producer.stop()}};
  for (std::uint32_t child = 1; child <= kChildren; ++child) expected[child] = 1;
  CHECK(!tbx_test::close(*shared.writer));
  shared.check(expected);
}

TEST_CASE("children of children, at the same time" * kBesideThreads) {
  SharedFile shared;
  BusyProducer producer(shared);
  {
    std::vector<std::unique_ptr<LoggingChild>> children;
    for (std::uint32_t child = 1; child <= 4; ++child) {
      children.push_back(std::make_unique<LoggingChild>([&] {
        child_check(shared.append(child, 0), "it is appended");
        LoggingChild grandchild([&] {
          for (std::uint32_t i = 0; i < 200; ++i) {
            child_check(shared.append(100 + child, i), "it is appended");
          }
          child_check(!tbx_test::flush(*shared.writer), "the grandchild flushes");
        });
        for (std::uint32_t i = 1; i < 200; ++i)
          child_check(shared.append(child, i), "it is appended");
        child_check(!tbx_test::close(*shared.writer), "the child closes");
        child_check(grandchild.wait(), "the grandchild ends well");
      }));
    }
    for (auto& child : children) CHECK(child->wait());
  }
  std::map<std::uint32_t, std::uint32_t> expected = {{0, producer.stop()}};
  for (std::uint32_t child = 1; child <= 4; ++child) expected[child] = expected[100 + child] = 200;
  CHECK(!tbx_test::close(*shared.writer));
  shared.check(expected);
}

TEST_CASE("a child opens files of its own, and the parent's writers come and go beside forks" *
          kBesideThreads) {
  const TempDirectory directory;
  std::jthread coming_and_going([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      WriterUnderTest test;
      test.append(3);
      if (test.next_number % 2 == 0) (void)tbx_test::flush(*test.writer);
    }
  });
  const auto writer = EventWriter::open({});
  for (std::uint32_t child = 1; child <= 20; ++child) {
    LoggingChild process([&] {
      const auto file = writer->open_file(directory.path(), {});
      child_check(
          tbx_test::append(*writer, file.id, numbered_event(child, 0)) == AppendResult::kAppended,
          "it is appended");
      child_check(!tbx_test::close(*writer), "the child closes");
      child_check(recorded_payloads(file_content(file.path)).size() == 2, "it is in its file");
    });
    REQUIRE(process.wait());
  }
  CHECK(directory.names().size() == 20);
}

TEST_CASE("a child forked while another thread closes a writer has it open or closed, and free" *
          kBesideThreads) {
  for (std::uint32_t round = 0; round < 400; ++round) {
    CAPTURE(round);
    SharedFile shared({.queue_bytes = 1 << 20});
    REQUIRE(shared.append(0, 0));
    std::atomic<bool> closed{false};
    std::jthread closer([&] {
      std::this_thread::sleep_for(std::chrono::microseconds(round));
      CHECK(!tbx_test::close(*shared.writer));
      closed = true;
    });
    do {
      LoggingChild process([&] {
        (void)shared.writer->ring_file_path();
        const std::uint64_t before = shared.writer->stats().events_written;
        const bool appended = shared.append(1, 0);
        child_check(!tbx_test::flush(*shared.writer), "the child flushes");
        child_check(!tbx_test::close(*shared.writer), "the child closes");
        const std::uint64_t written = shared.writer->stats().events_written - before;
        child_check(written == (appended ? 1 : 0), "what was appended is written");
      });
      REQUIRE(process.wait());
    } while (!closed);
  }
}
