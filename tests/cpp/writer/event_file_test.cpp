// The rule that no torn record stays behind, against a sink that fails everywhere.
#include "tbx/writer/event_file.h"

#include <doctest/doctest.h>

#include <atomic>
#include <cerrno>
#include <memory>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "support/child_process.h"
#include "support/recorded_payloads.h"
#include "support/scripted_sink.h"
#include "support/test_bytes.h"
#include "support/waiting.h"

using tbx::EventFile;
using tbx_test::Bytes;
using tbx_test::child_check;
using tbx_test::random_bytes;
using tbx_test::recorded_payloads;
using tbx_test::ScriptedSink;
using tbx_test::SinkCall;
using tbx_test::SinkFault;
using tbx_test::SinkScript;

namespace {

struct FileUnderTest {
  void add(std::size_t size) {
    payloads.push_back(random_bytes(size, static_cast<unsigned>(payloads.size())));
    file.add(payloads.back());
  }
  // Three payloads of 16 + 3, 16 + 0 and 16 + 20 bytes.
  void add_batch() {
    for (const std::size_t size : {3u, 0u, 20u}) add(size);
  }
  // Writes until it succeeds; returns the number of failures.
  int write_until_done() {
    int failures = 0;
    while (file.write_pending()) {
      REQUIRE(file.has_pending());
      ++failures;
      REQUIRE(failures < 100);
    }
    REQUIRE(!file.has_pending());
    return failures;
  }
  // Each payload is there once, in order.
  void check_complete() const {
    REQUIRE(script->misuse() == "");
    REQUIRE(recorded_payloads(script->content()) == payloads);
  }

  std::shared_ptr<SinkScript> script = std::make_shared<SinkScript>();
  EventFile file{std::make_unique<ScriptedSink>(script)};
  std::vector<Bytes> payloads;
};

constexpr std::size_t kBatchBytes = 3 * 16 + 23;

}  // namespace

TEST_CASE("a batch is one append, under the lock") {
  FileUnderTest test;
  test.add_batch();
  CHECK(test.file.has_pending());
  CHECK(test.script->content().empty());
  CHECK(!test.file.write_pending());
  CHECK(!test.file.has_pending());
  CHECK(test.script->count(SinkCall::kAppend) == 1);
  CHECK(test.script->count(SinkCall::kLock) == 1);
  CHECK(test.script->content().size() == kBatchBytes);
  test.check_complete();
  CHECK(test.file.path() == "script");
}

TEST_CASE("nothing to write is no call at all") {
  FileUnderTest test;
  CHECK(!test.file.write_pending());
  CHECK(!test.file.sync());
  CHECK(test.script->calls() == 0);
}

TEST_CASE("a short write at every byte leaves whole records, and the rest follows") {
  for (std::size_t accepted = 0; accepted <= kBatchBytes; ++accepted) {
    for (const std::size_t failing_drops : {0u, 1u, 3u}) {
      CAPTURE(accepted);
      CAPTURE(failing_drops);
      FileUnderTest test;
      test.add_batch();
      REQUIRE(!test.file.write_pending());
      std::size_t drops = 0, appends = 0;
      test.script->set_plan([&](SinkCall call, std::size_t) -> std::optional<SinkFault> {
        if (call == SinkCall::kAppend && appends++ == 0) return SinkFault{ENOSPC, accepted};
        if (call == SinkCall::kTruncate && drops++ < failing_drops) return SinkFault{EIO};
        return {};
      });
      test.add_batch();
      const tbx::Error error = test.file.write_pending();
      REQUIRE(error.sys_errno == (accepted == kBatchBytes ? 0 : ENOSPC));
      if (failing_drops == 0) {
        REQUIRE(test.script->ends_at_record_boundary());
        (void)recorded_payloads(test.script->content());
      }
      test.add_batch();  // more comes in meanwhile
      test.write_until_done();
      test.check_complete();
    }
  }
}

TEST_CASE("what another process has put in the place of a torn record stays") {
  FileUnderTest test;
  test.add(20);
  REQUIRE(!test.file.write_pending());
  const std::size_t whole = test.script->content().size();
  constexpr std::size_t kTorn = 16 + 3;
  test.script->set_plan([&](SinkCall call, std::size_t) -> std::optional<SinkFault> {
    if (call == SinkCall::kAppend) return SinkFault{ENOSPC, kTorn};
    if (call == SinkCall::kTruncate) return SinkFault{EIO};
    return {};
  });
  test.add(20);
  REQUIRE(test.file.write_pending().sys_errno == ENOSPC);
  REQUIRE(test.script->content().size() == whole + kTorn);
  test.script->recover();
  const Bytes other = random_bytes(3, 99);
  Bytes frame(tbx::framed_size(other.size()));
  tbx::frame_record(frame.data(), other);
  {
    const std::lock_guard lock(test.script->mutex);
    std::ranges::copy(frame, test.script->bytes.begin() + static_cast<std::ptrdiff_t>(whole));
  }
  REQUIRE(!test.file.write_pending());
  test.payloads.insert(test.payloads.begin() + 1, other);
  test.check_complete();
}

TEST_CASE("one failure at the N-th call, for every N, however much an append took") {
  for (const std::size_t accepted : {0u, 1u, 19u, 30u, 70u}) {
    for (std::size_t failing = 0;; ++failing) {
      CAPTURE(accepted);
      CAPTURE(failing);
      FileUnderTest test;
      bool reached = false;
      test.script->set_plan([&](SinkCall, std::size_t nth) -> std::optional<SinkFault> {
        if (nth != failing) return {};
        reached = true;
        return SinkFault{EINTR, accepted};
      });
      for (int batch = 0; batch < 3; ++batch) {
        test.add_batch();
        test.write_until_done();
        if (test.file.sync()) REQUIRE(!test.file.sync());
      }
      test.check_complete();
      REQUIRE(test.script->synced() == test.script->content().size());
      if (!reached) break;
    }
  }
}

TEST_CASE("failures at random, in every call, again and again") {
  std::mt19937 random(1);
  for (int round = 0; round < 1000; ++round) {
    CAPTURE(round);
    FileUnderTest test;
    test.script->set_plan([&](SinkCall, std::size_t) -> std::optional<SinkFault> {
      if (random() % 3 != 0) return {};
      return SinkFault{EIO, random() % 200};
    });
    for (int batch = 0; batch < 5; ++batch) {
      for (auto count = random() % 5; count != 0; --count) test.add(random() % 40);
      (void)test.file.write_pending();
    }
    test.write_until_done();
    test.check_complete();
  }
}

TEST_CASE("an unlockable file is not written, and not unlocked either") {
  FileUnderTest test;
  test.add_batch();
  test.script->set_plan([](SinkCall call, std::size_t) -> std::optional<SinkFault> {
    if (call != SinkCall::kLock) return {};
    return SinkFault{EIO};
  });
  CHECK(test.file.write_pending().sys_errno == EIO);
  CHECK(test.script->count(SinkCall::kAppend) == 0);
  CHECK(test.script->misuse() == "");
  test.script->recover();
  CHECK(test.write_until_done() == 0);
  test.check_complete();
}

TEST_CASE("a sync happens when something is new, and stays due when it fails") {
  FileUnderTest test;
  test.add_batch();
  REQUIRE(!test.file.write_pending());
  CHECK(!test.file.sync());
  CHECK(!test.file.sync());
  CHECK(test.script->count(SinkCall::kSync) == 1);
  test.add_batch();
  REQUIRE(!test.file.write_pending());
  test.script->set_plan([](SinkCall, std::size_t) { return SinkFault{EIO}; });
  CHECK(test.file.sync().sys_errno == EIO);
  CHECK(test.file.sync().sys_errno == EIO);
  test.script->recover();
  CHECK(!test.file.sync());
  CHECK(!test.file.sync());
  CHECK(test.script->count(SinkCall::kSync) == 4);
}

TEST_CASE("what a short write left in the file is synced as well") {
  FileUnderTest test;
  test.add_batch();
  test.script->set_plan([](SinkCall call, std::size_t) -> std::optional<SinkFault> {
    if (call != SinkCall::kAppend) return {};
    return SinkFault{ENOSPC, 19};
  });
  CHECK(test.file.write_pending().sys_errno == ENOSPC);
  CHECK(!test.file.sync());
  CHECK(test.script->synced() == 19);
}

TEST_CASE("a sync beside another returns when what was written is on the device, not before") {
  FileUnderTest test;
  test.add_batch();
  REQUIRE(!test.file.write_pending());
  std::atomic<bool> in_sync{false}, go_on{false}, second_done{false};
  test.script->set_plan([&](SinkCall, std::size_t) -> std::optional<SinkFault> {
    in_sync = true;
    tbx_test::eventually([&] { return go_on.load(); });
    return {};
  });
  std::jthread first([&] { CHECK(!test.file.sync()); });
  REQUIRE(tbx_test::eventually([&] { return in_sync.load(); }));
  std::jthread second([&] {
    CHECK(!test.file.sync());
    CHECK(test.script->synced() == kBatchBytes);
    second_done = true;
  });
  CHECK(!tbx_test::eventually([&] { return second_done.load(); }, 50));
  go_on = true;
  second.join();
  first.join();
  CHECK(test.script->count(SinkCall::kSync) == 1);
}

TEST_CASE("a sync that failed beside another is tried by the other") {
  FileUnderTest test;
  test.add_batch();
  REQUIRE(!test.file.write_pending());
  std::atomic<int> syncs{0};
  test.script->set_plan([&](SinkCall, std::size_t) -> std::optional<SinkFault> {
    if (syncs++ != 0) return {};
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return SinkFault{EIO};
  });
  std::jthread first([&] { CHECK(test.file.sync().sys_errno == EIO); });
  REQUIRE(tbx_test::eventually([&] { return syncs == 1; }));
  CHECK(!test.file.sync());
  CHECK(test.script->synced() == kBatchBytes);
}

TEST_CASE("a child forgets what the parent will write") {
  FileUnderTest test;
  test.add_batch();
  tbx_test::ChildProcess child([&] {
    test.file.reset_in_child();
    child_check(!test.file.has_pending(), "nothing waits");
    child_check(!test.file.write_pending() && !test.file.sync(), "nothing fails");
    child_check(test.script->calls() == 0, "nothing is done");
    test.payloads.clear();
    test.add_batch();
    test.write_until_done();
    test.check_complete();
  });
  CHECK(child.wait());
  test.write_until_done();
  test.check_complete();
}

TEST_CASE("closing is the sink's business") {
  FileUnderTest test;
  CHECK(!test.file.close());
  test.script->set_plan([](SinkCall, std::size_t) { return SinkFault{EIO}; });
  CHECK(test.file.close().sys_errno == EIO);
}
