// What flush, close and the files promise while nothing fails. Failures: event_writer_failure_test;
// many threads at once: stress/event_writer_stress_test.
#include "tbx/writer/event_writer.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>
#include <vector>

#include "support/resource_limit.h"
#include "support/temp_directory.h"
#include "support/waiting.h"
#include "tbx/record/record_format.h"
#include "writer/writer_under_test.h"

using namespace std::chrono_literals;
using tbx::AppendResult;
using tbx::ErrorException;
using tbx::EventQueue;
using tbx::EventWriter;
using tbx::EventWriterOptions;
using tbx::WriterStats;
using tbx_test::Bytes;
using tbx_test::bytes_of;
using tbx_test::file_content;
using tbx_test::numbered_event;
using tbx_test::numbers;
using tbx_test::numbers_of;
using tbx_test::recorded_payloads;
using tbx_test::ScriptedSink;
using tbx_test::SinkCall;
using tbx_test::SinkFault;
using tbx_test::SinkScript;
using tbx_test::Stopwatch;
using tbx_test::TempDirectory;
using tbx_test::WriterUnderTest;

namespace {

bool holds(const Bytes& event, std::string_view text) {
  const Bytes wanted = bytes_of(text);
  return std::ranges::search(event, wanted).begin() != event.end();
}

int failure_of_open_file(EventWriter& writer, const std::string& directory) {
  try {
    (void)writer.open_file(directory, {});
  } catch (const ErrorException& failure) {
    CHECK(failure.error().code == tbx::ErrorCode::kIo);
    CHECK(failure.error().path.starts_with(directory));
    return failure.error().sys_errno;
  }
  return 0;
}

}  // namespace

TEST_CASE("a file is opened with its first record in it, in a directory made for it") {
  const TempDirectory directory;
  const auto writer = EventWriter::open({});
  const std::string run = directory / "deep/er/run";
  const auto first = writer->open_file(run, {.filename_suffix = ".x", .source_writer = "who"});
  CHECK(std::filesystem::path(first.path).parent_path() == run);
  CHECK(first.path.ends_with(".x"));
  const auto events = recorded_payloads(file_content(first.path));
  REQUIRE(events.size() == 1);
  CHECK(holds(events[0], "brain.Event:2"));
  CHECK(holds(events[0], "who"));

  const auto second = writer->open_file(run, {});
  CHECK(second.path != first.path);
  CHECK(second.id != first.id);
  CHECK(std::filesystem::path(first.path).filename() <
        std::filesystem::path(second.path).filename());
}

TEST_CASE("a purge is asked for twice, in the file's first write") {
  const TempDirectory directory;
  const auto writer = EventWriter::open({});
  const auto file = writer->open_file(directory.path(), {.purge_step = 300});
  const auto events = recorded_payloads(file_content(file.path));
  REQUIRE(events.size() == 4);
  CHECK(holds(events[1], "brain.Event:2"));
  for (std::size_t i = 1; i < 4; ++i) {
    CHECK(
        std::ranges::equal(std::span(events[i]).subspan(9, 3), tbx_test::bytes_of_hex("10 ac02")));
  }
  for (std::size_t i = 2; i < 4; ++i) {
    CHECK(std::ranges::equal(std::span(events[i]).subspan(12),
                             tbx_test::bytes_of_hex("3a 02 08 01")));
  }
}

TEST_CASE("a relative directory stays the one it was when the program moves on") {
  const TempDirectory directory;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(directory.path());
  const auto writer = EventWriter::open({});
  const auto file = writer->open_file("run", {});
  std::filesystem::current_path(before);
  CHECK(file.path.starts_with(directory / "run/"));
}

TEST_CASE("a file that cannot be had is an error with errno and path, and leaves nothing behind") {
  const TempDirectory directory;
  const auto writer = EventWriter::open({});
  std::ofstream(directory / "plain") << "x";
  CHECK(failure_of_open_file(*writer, directory / "plain") == ENOTDIR);
  CHECK(failure_of_open_file(*writer, directory / "plain/run") == ENOTDIR);
  CHECK(failure_of_open_file(*writer, "/proc/no/such") == ENOENT);
  CHECK(failure_of_open_file(*writer, "") != 0);
  {
    const tbx_test::FileSizeLimit limit(10);
    CHECK(failure_of_open_file(*writer, directory / "full") == EFBIG);
  }
  CHECK(std::filesystem::is_empty(directory / "full"));
  CHECK(writer->open_file(directory.path(), {}).id == 0);
}

TEST_CASE("many producers, many files: each file has its events, each producer's in order") {
  const TempDirectory directory;
  const auto writer = EventWriter::open({});
  std::vector<EventWriter::OpenedFile> files;
  for (int i = 0; i < 5; ++i) files.push_back(writer->open_file(directory.path(), {}));
  constexpr std::uint32_t kEach = 2000;
  {
    std::vector<std::jthread> producers;
    for (std::uint32_t producer = 0; producer < 4; ++producer) {
      producers.emplace_back([&, producer] {
        for (std::uint32_t i = 0; i < kEach; ++i) {
          const Bytes event = numbered_event(producer, i, 8 + (i * 7 + producer) % 100);
          (void)tbx_test::append(*writer, files[i % files.size()].id, event);
        }
      });
    }
  }
  CHECK(!tbx_test::flush(*writer));
  for (std::uint32_t file = 0; file < 5; ++file) {
    auto events = recorded_payloads(file_content(files[file].path));
    events.erase(events.begin());  // the file version
    std::map<std::uint32_t, std::uint32_t> next;
    for (const auto& [producer, number] : numbers_of(events)) {
      REQUIRE(number == next[producer] * 5 + file);
      ++next[producer];
    }
    for (std::uint32_t producer = 0; producer < 4; ++producer) {
      CHECK(next[producer] == kEach / 5);
    }
  }
}

TEST_CASE("a flush drains and syncs, each time") {
  WriterUnderTest test;
  for (int round = 0; round < 300; ++round) {
    test.append(static_cast<std::uint32_t>(round % 5));
    REQUIRE(!tbx_test::flush(*test.writer));
    REQUIRE(test.script->synced() == test.next_number * (8 + 16));
  }
  CHECK(test.is_complete());
}

TEST_CASE("a flush without news makes no call") {
  WriterUnderTest test;
  CHECK(!tbx_test::flush(*test.writer));
  CHECK(test.script->calls() == 0);
  test.append(1);
  CHECK(!tbx_test::flush(*test.writer));
  const std::size_t calls = test.script->calls();
  CHECK(!tbx_test::flush(*test.writer));
  CHECK(test.script->calls() == calls);
}

TEST_CASE("a flush beside a pass that hangs comes back when its patience ends") {
  WriterUnderTest test;
  std::atomic<bool> hangs{false}, go_on{false};
  test.script->set_plan([&](SinkCall call, std::size_t) -> std::optional<SinkFault> {
    if (call != SinkCall::kAppend) return {};
    hangs = true;
    tbx_test::eventually([&] { return go_on.load(); });
    return {};
  });
  test.append(1);
  REQUIRE(tbx_test::eventually([&] { return hangs.load(); }));  // the drain's pass
  tbx::Error error;
  const Stopwatch watch;
  CHECK(!test.writer->flush(test.writer->flush_target(), 30ms, error));
  CHECK(!test.writer->close(30ms, error));
  CHECK(watch.ms() < 5000);
  test.append(1);  // still open
  go_on = true;
  CHECK(!tbx_test::flush(*test.writer));
  CHECK(test.is_complete());
}

TEST_CASE("a flush under load ends, and covers what was there before it") {
  WriterUnderTest test({.queue_bytes = 1 << 14});
  test.script->set_plan([](SinkCall, std::size_t) -> std::optional<SinkFault> {
    std::this_thread::sleep_for(1ms);  // never faster than the producers
    return {};
  });
  std::atomic<bool> done{false};
  std::vector<std::jthread> producers;
  for (std::uint32_t producer = 1; producer <= 2; ++producer) {
    producers.emplace_back([&, producer] {
      const Bytes event = numbered_event(producer, 0, 4000);
      while (!done) (void)tbx_test::append(*test.writer, 0, event);
    });
  }
  REQUIRE(tbx_test::eventually([&] { return test.writer->stats().blocked_ns > 0; }));
  for (int round = 0; round < 30; ++round) {
    test.append(3);
    REQUIRE(!tbx_test::flush(*test.writer));
    const auto events = recorded_payloads(test.script->content());
    const auto is_mine = [](const Bytes& event) { return event.size() == 8; };
    REQUIRE(std::ranges::count_if(events, is_mine) == test.next_number);
  }
  done = true;
}

TEST_CASE("events of any size arrive whole") {
  WriterUnderTest test({.queue_bytes = 1 << 14});
  for (const std::size_t size : {8u, 4087u, 4088u, 4089u, 16384u, 300'000u, 8u, 2'000'000u}) {
    test.append(1, size);
  }
  CHECK(!tbx_test::flush(*test.writer));
  CHECK(test.is_complete());
  CHECK(test.writer->stats().events_written == 8);
}

TEST_CASE("pieces of an event that did not begin in this ring are no event") {
  WriterUnderTest test;
  for (const auto kind : {tbx::RecordKind::kMiddle, tbx::RecordKind::kLast}) {
    EventQueue::Slot slot;
    REQUIRE(test.writer->queue().ring().try_reserve(kind, 0, 100, slot) ==
            tbx::ReserveResult::kReserved);
    std::ranges::copy(tbx_test::random_bytes(100), slot.payload);
    test.writer->queue().ring().commit(slot);
  }
  test.append(1);
  CHECK(!tbx_test::flush(*test.writer));
  CHECK(test.is_complete());
  CHECK(test.writer->stats().events_dropped == 1);
}

TEST_CASE("counters are exact after a flush") {
  WriterUnderTest test({.queue_bytes = 1 << 16, .overflow = tbx::OverflowPolicy::kDrop});
  test.append(10, 100);
  test.append(1, 40'000);
  tbx::EventQueue::Slot slot;
  REQUIRE(test.writer->queue().try_reserve(0, 0, slot) == AppendResult::kAppended);
  test.writer->queue().commit_exclusively(slot, 0);
  CHECK(!tbx_test::flush(*test.writer));
  const WriterStats stats = test.writer->stats();
  CHECK(stats.events_enqueued == 12);
  CHECK(stats.events_written == 12);
  CHECK(stats.bytes_enqueued == 10 * 116 + 40'016 + 16);
  CHECK(stats.bytes_written == stats.bytes_enqueued);
  CHECK(stats.bytes_written == test.script->content().size());
  CHECK(stats.events_dropped == 0);
  CHECK(stats.blocked_ns == 0);
  CHECK(stats.write_errors == 0);
  CHECK(stats.ring_used_bytes == 0);
  CHECK(stats.ring_capacity_bytes == 1 << 16);
}

TEST_CASE("close drains, syncs and closes, and nothing comes after") {
  WriterUnderTest test;
  test.append(5);
  CHECK(!tbx_test::close(*test.writer));
  CHECK(test.is_complete());
  CHECK(test.script->synced() == test.script->content().size());
  CHECK(test.script->count(SinkCall::kClose) == 1);
  CHECK(tbx_test::append(*test.writer, 0, numbered_event(0, 5)) == AppendResult::kClosed);
  CHECK(tbx_test::append(*test.writer, 0, Bytes(1 << 22)) == AppendResult::kClosed);
  CHECK(!tbx_test::close(*test.writer));
  CHECK(!tbx_test::flush(*test.writer));
  CHECK(test.script->count(SinkCall::kClose) == 1);
  CHECK(test.writer->stats().events_written == 5);
  test.writer.reset();
  CHECK(test.script->count(SinkCall::kClose) == 1);
}

TEST_CASE("a writer that is let go of drains first, also beside a pass of the drain") {
  WriterUnderTest test;
  std::atomic<bool> in_pass{false}, let_go{false};
  test.script->set_plan([&](SinkCall call, std::size_t) -> std::optional<SinkFault> {
    if (call == SinkCall::kAppend && !in_pass.exchange(true)) {
      tbx_test::eventually([&] { return let_go.load(); });
      std::this_thread::sleep_for(30ms);  // the drain holds a reference of its own meanwhile
    }
    return {};
  });
  test.append(1);
  REQUIRE(tbx_test::eventually([&] { return in_pass.load(); }));
  test.append(1);
  let_go = true;
  test.writer.reset();
  CHECK(test.is_complete());
  CHECK(test.script->synced() == test.script->content().size());
  CHECK(test.script->count(SinkCall::kClose) == 1);
}

TEST_CASE("an id is used again after its file was closed") {
  WriterUnderTest test;
  const auto other = std::make_shared<SinkScript>();
  CHECK(test.writer->add_sink(std::make_unique<ScriptedSink>(other)) == 1);
  test.append(2);
  CHECK(!tbx_test::flush(*test.writer));
  CHECK(!test.writer->close_file(0));
  CHECK(test.script->count(SinkCall::kClose) == 1);
  CHECK(!test.writer->close_file(0));
  CHECK(!test.writer->close_file(99));
  CHECK(test.script->count(SinkCall::kClose) == 1);

  const auto successor = std::make_shared<SinkScript>();
  CHECK(test.writer->add_sink(std::make_unique<ScriptedSink>(successor)) == 0);
  CHECK(test.writer->add_sink(std::make_unique<ScriptedSink>(std::make_shared<SinkScript>())) == 2);
  CHECK(tbx_test::append(*test.writer, 0, numbered_event(7, 0)) == AppendResult::kAppended);
  CHECK(tbx_test::append(*test.writer, 1, numbered_event(8, 0)) == AppendResult::kAppended);
  CHECK(!tbx_test::flush(*test.writer));
  CHECK(test.is_complete());
  CHECK(numbers_of(recorded_payloads(successor->content())) == numbers(7, 1));
  CHECK(numbers_of(recorded_payloads(other->content())) == numbers(8, 1));
}

TEST_CASE("events of a file that is closed are counted as dropped") {
  WriterUnderTest test;
  test.append(1);
  CHECK(!tbx_test::flush(*test.writer));
  CHECK(!test.writer->close_file(0));
  CHECK(tbx_test::append(*test.writer, 0, numbered_event(0, 1)) == AppendResult::kAppended);
  CHECK(tbx_test::append(*test.writer, 5, numbered_event(0, 2)) == AppendResult::kAppended);
  CHECK(!tbx_test::flush(*test.writer));
  CHECK(test.is_complete());
  CHECK(test.writer->stats().events_dropped == 2);
  CHECK(test.writer->stats().events_enqueued == 3);
  CHECK(test.writer->stats().events_written == 1);
}

TEST_CASE("an error from closing a file is told, once") {
  WriterUnderTest test;
  test.append(1);
  test.script->set_plan([](SinkCall call, std::size_t) -> std::optional<SinkFault> {
    if (call != SinkCall::kClose) return {};
    return SinkFault{EIO};
  });
  SUBCASE("of one file") { CHECK(test.writer->close_file(0).sys_errno == EIO); }
  SUBCASE("of the writer") { CHECK(tbx_test::close(*test.writer).sys_errno == EIO); }
  CHECK(!tbx_test::close(*test.writer));
  CHECK(test.script->count(SinkCall::kClose) == 1);
}

TEST_CASE("the drain syncs once per interval, and only what is new") {
  const Stopwatch watch;
  WriterUnderTest test({.flush_interval = 100ms});
  test.append(1);
  REQUIRE(tbx_test::eventually([&] { return test.script->synced() == 24; }));
  CHECK(watch.ms() >= 100);  // from the opening of the writer
  std::this_thread::sleep_for(300ms);
  CHECK(test.script->count(SinkCall::kSync) == 1);
  const Stopwatch again;
  const auto has_synced_often = [&] { return test.script->count(SinkCall::kSync) >= 3; };
  for (int i = 0; i < 30 || (!has_synced_often() && again.ms() < 10'000); ++i) {
    test.append(1);
    std::this_thread::sleep_for(10ms);
  }
  REQUIRE(tbx_test::eventually([&] { return test.script->synced() == test.next_number * 24; }));
  CHECK(has_synced_often());
  CHECK(static_cast<double>(test.script->count(SinkCall::kSync)) <= watch.ms() / 100 + 1);
}
