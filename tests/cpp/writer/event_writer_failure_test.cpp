// What the writer does while its sink fails, and that everything is there once afterwards.
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "support/resource_limit.h"
#include "support/temp_directory.h"
#include "support/waiting.h"
#include "tbx/writer/event_writer.h"
#include "writer/writer_under_test.h"

using namespace std::chrono_literals;
using tbx::AppendResult;
using tbx::Error;
using tbx_test::eventually;
using tbx_test::numbered_event;
using tbx_test::numbers;
using tbx_test::numbers_of;
using tbx_test::recorded_payloads;
using tbx_test::ScriptedSink;
using tbx_test::SinkCall;
using tbx_test::SinkFault;
using tbx_test::SinkScript;
using tbx_test::Stopwatch;
using tbx_test::WriterUnderTest;

TEST_CASE("a failure of the drain is latched, retried and forgotten when it is over") {
  WriterUnderTest test;
  for (int episode = 0; episode < 2; ++episode) {
    CAPTURE(episode);
    const auto errors_before = test.writer->stats().write_errors;
    test.script->fail_appends(ENOSPC);
    test.append(2);
    REQUIRE(eventually([&] { return test.writer->failures().is_set(); }));
    const Error failure = test.writer->failures().take();
    CHECK(failure.sys_errno == ENOSPC);
    CHECK(failure.path == "script");
    // Retried, counted, and not reported again.
    REQUIRE(eventually([&] { return test.writer->stats().write_errors >= errors_before + 3; }));
    CHECK(!test.writer->failures().is_set());
    test.append(2);
    CHECK(test.writer->stats().events_written == test.next_number - 4);
    CHECK(test.writer->stats().ring_used_bytes > 0);
    test.script->recover();
    // By the drain alone.
    REQUIRE(eventually([&] { return test.writer->stats().events_written == test.next_number; }));
    CHECK(test.is_complete());
    CHECK(test.writer->stats().ring_used_bytes == 0);
    CHECK(test.writer->stats().events_dropped == 0);
  }
}

TEST_CASE("retries become rarer, but not rarer than one a second") {
  WriterUnderTest test;
  test.script->fail_appends(ENOSPC);
  const Stopwatch watch;
  test.append(1);
  const auto fails = [&](std::uint64_t times, double limit_ms = 10'000) {
    return eventually([&] { return test.writer->stats().write_errors >= times; }, limit_ms);
  };
  // 50, 100, 200, 400, 800, 1000, 1000 ms apart
  REQUIRE(fails(5));
  CHECK(watch.ms() >= 700);
  REQUIRE(fails(6));
  CHECK(watch.ms() >= 1500);
  REQUIRE(fails(8, 4000));
}

TEST_CASE("a flush tries at once, returns the failure and keeps the events") {
  WriterUnderTest test;
  test.script->fail_appends(ENOSPC);
  test.append(3);
  for (int i = 0; i < 3; ++i) CHECK(tbx_test::flush(*test.writer).sys_errno == ENOSPC);
  test.append(1);
  test.script->recover();
  const Stopwatch watch;
  CHECK(!tbx_test::flush(*test.writer));
  CHECK(watch.ms() < 5000);
  CHECK(test.is_complete());
  CHECK(test.script->synced() == test.script->content().size());
}

TEST_CASE("a failing sync is a flush's failure, and is made up for") {
  WriterUnderTest test;
  test.append(1);
  test.script->set_plan([](SinkCall call, std::size_t) -> std::optional<SinkFault> {
    if (call != SinkCall::kSync) return {};
    return SinkFault{EIO};
  });
  CHECK(tbx_test::flush(*test.writer).sys_errno == EIO);
  CHECK(tbx_test::flush(*test.writer).sys_errno == EIO);
  test.script->recover();
  CHECK(!tbx_test::flush(*test.writer));
  CHECK(test.script->synced() == 24);
}

TEST_CASE("each episode of failing syncs of the drain is reported once") {
  WriterUnderTest test({.flush_interval = 20ms});
  for (int episode = 0; episode < 2; ++episode) {
    CAPTURE(episode);
    test.script->set_plan([](SinkCall call, std::size_t) -> std::optional<SinkFault> {
      if (call != SinkCall::kSync) return {};
      return SinkFault{EIO};
    });
    const auto errors_before = test.writer->stats().write_errors;
    test.append(1);
    REQUIRE(eventually([&] { return test.writer->failures().is_set(); }));
    CHECK(test.writer->failures().take().sys_errno == EIO);
    REQUIRE(eventually([&] { return test.writer->stats().write_errors >= errors_before + 3; }));
    CHECK(!test.writer->failures().is_set());
    test.script->recover();
    REQUIRE(eventually([&] { return test.script->synced() == test.next_number * 24; }));
  }
}

TEST_CASE("a close that fails leaves the writer open, with its events") {
  WriterUnderTest test;
  SinkCall failing = SinkCall::kAppend;
  SUBCASE("to write") {}
  SUBCASE("to lock") { failing = SinkCall::kLock; }
  SUBCASE("to sync") { failing = SinkCall::kSync; }
  test.script->set_plan([&](SinkCall call, std::size_t) -> std::optional<SinkFault> {
    if (call != failing) return {};
    return SinkFault{ENOSPC};
  });
  test.append(2);
  for (int i = 0; i < 2; ++i) CHECK(tbx_test::close(*test.writer).sys_errno == ENOSPC);
  test.append(2);
  CHECK(test.script->count(SinkCall::kClose) == 0);
  test.script->recover();
  REQUIRE(eventually([&] { return test.writer->stats().events_written == 4; }));  // by the drain
  test.append(1);
  CHECK(!tbx_test::close(*test.writer));
  CHECK(test.is_complete());
  CHECK(tbx_test::append(*test.writer, 0, numbered_event(0, 9)) == AppendResult::kClosed);
}

TEST_CASE("a close that fails behind its flush reopens the queue") {
  WriterUnderTest test;
  // The flush goes well; while its sync runs, an event comes in that cannot be written.
  std::atomic<bool> once{false};
  test.script->set_plan([&](SinkCall call, std::size_t) -> std::optional<SinkFault> {
    if (call == SinkCall::kSync && !once.exchange(true)) test.append(1);
    if (call == SinkCall::kAppend && once) return SinkFault{ENOSPC};
    return {};
  });
  test.append(1);
  CHECK(tbx_test::close(*test.writer).sys_errno == ENOSPC);
  test.append(1);
  test.script->recover();
  CHECK(!tbx_test::close(*test.writer));
  CHECK(test.is_complete());
}

TEST_CASE("one failure at the N-th call, for every N: everything is there once") {
  for (const std::size_t accepted : {0u, 1u, 25u}) {
    for (std::size_t failing = 0;; ++failing) {
      CAPTURE(accepted);
      CAPTURE(failing);
      WriterUnderTest test;
      std::atomic<bool> reached{false};
      test.script->set_plan([&](SinkCall call, std::size_t nth) -> std::optional<SinkFault> {
        if (nth != failing || call == SinkCall::kClose) return {};
        reached = true;
        return SinkFault{EIO, accepted};
      });
      test.append(2);
      if (tbx_test::flush(*test.writer)) REQUIRE(!tbx_test::flush(*test.writer));
      REQUIRE(test.script->synced() == 2 * 24);
      test.append(3);
      if (tbx_test::close(*test.writer)) REQUIRE(!tbx_test::close(*test.writer));
      REQUIRE(test.is_complete());
      REQUIRE(test.script->synced() == test.script->content().size());
      if (!reached) break;
    }
  }
}

TEST_CASE("one failing file does not keep the rest of its batch from the others") {
  WriterUnderTest test;
  const auto other = std::make_shared<SinkScript>();
  REQUIRE(test.writer->add_sink(std::make_unique<ScriptedSink>(other)) == 1);
  test.script->fail_appends(EIO);
  // While the drain writes this one, a batch for both comes together.
  std::atomic<bool> in_pass{false}, go_on{false};
  other->set_plan([&](SinkCall, std::size_t) -> std::optional<SinkFault> {
    in_pass = true;
    eventually([&] { return go_on.load(); });
    return {};
  });
  CHECK(tbx_test::append(*test.writer, 1, numbered_event(1, 0)) == AppendResult::kAppended);
  REQUIRE(eventually([&] { return in_pass.load(); }));
  test.append(2);
  CHECK(tbx_test::append(*test.writer, 1, numbered_event(1, 1)) == AppendResult::kAppended);
  test.append(2);
  go_on = true;
  CHECK(tbx_test::flush(*test.writer).sys_errno == EIO);
  CHECK(numbers_of(recorded_payloads(other->content())) == numbers(1, 2));
  test.script->recover();
  CHECK(!tbx_test::flush(*test.writer));
  CHECK(test.is_complete());
  CHECK(numbers_of(recorded_payloads(other->content())) == numbers(1, 2));
}

TEST_CASE("a ring that fills while the sink fails drops what it must, and tells how much") {
  WriterUnderTest test({.queue_bytes = 4096, .overflow_timeout = 100ms});
  test.script->fail_appends(ENOSPC);
  std::uint32_t appended = 0, dropped = 0;
  const Stopwatch watch;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const auto result = tbx_test::append(*test.writer, 0, numbered_event(0, appended));
    ++(result == AppendResult::kAppended ? appended : dropped);
    REQUIRE((result == AppendResult::kAppended || result == AppendResult::kDropped));
  }
  CHECK(watch.ms() < 20'000);  // the patience of one, not of a thousand
  CHECK(appended >= 4096 / 16 - 2);
  CHECK(test.writer->stats().events_dropped == dropped);
  CHECK(dropped > 0);
  test.script->recover();
  CHECK(!tbx_test::flush(*test.writer));
  test.next_number = appended;
  CHECK(test.is_complete());
  test.append(1);
  CHECK(!tbx_test::flush(*test.writer));
  CHECK(test.is_complete());
}

TEST_CASE("letting go of a writer whose sink fails takes no longer than its patience") {
  WriterUnderTest test;
  test.script->fail_appends(ENOSPC);
  test.append(1);
  const Stopwatch watch;
  test.writer.reset();
  CHECK(watch.ms() < 11'000);
  CHECK(test.script->content().empty());
}

TEST_CASE("a full disk: whole records as far as it goes, the rest when there is room") {
  const tbx_test::TempDirectory directory;
  const auto writer = tbx::EventWriter::open({});
  const auto file = writer->open_file(directory.path(), {});
  const std::size_t header = tbx_test::file_content(file.path).size();
  for (std::uint32_t i = 0; i < 100; ++i) {
    REQUIRE(tbx_test::append(*writer, file.id, numbered_event(0, i, 100)) ==
            AppendResult::kAppended);
    if (i % 10 != 0) continue;
    const auto full = tbx_test::file_content(file.path).size() + i;
    const tbx_test::FileSizeLimit limit(full);
    // The drain may have been faster than the limit.
    const auto most = std::max(full, tbx_test::file_content(file.path).size());
    const Error error = tbx_test::flush(*writer);
    CHECK((!error || error.sys_errno == EFBIG));
    const auto content = tbx_test::file_content(file.path);
    CHECK(content.size() <= most);
    CHECK((content.size() - header) % 116 == 0);
  }
  CHECK(!tbx_test::close(*writer));
  auto events = recorded_payloads(tbx_test::file_content(file.path));
  events.erase(events.begin());
  CHECK(numbers_of(events) == numbers(0, 100));
}
