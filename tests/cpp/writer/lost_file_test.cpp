// Event files that somebody deletes, moves or replaces while they are written.
#include <doctest/doctest.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "support/child_process.h"
#include "support/faulty_sink.h"
#include "support/recorded_payloads.h"
#include "support/temp_directory.h"
#include "support/waiting.h"
#include "tbx/sink/file_sink.h"
#include "tbx/writer/event_writer.h"
#include "writer/writer_under_test.h"

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using tbx::AppendResult;
using tbx::Error;
using tbx_test::Bytes;
using tbx_test::bytes_of;
using tbx_test::child_check;
using tbx_test::EventNumber;
using tbx_test::file_content;
using tbx_test::numbered_event;
using tbx_test::recorded_payloads;

namespace {

struct RunUnderTest {
  RunUnderTest() : file(writer->open_file(directory / "run", {.source_writer = "test"})) {
    append(2);
    flush();
  }

  void append(std::uint32_t count) {
    for (; count != 0; --count) {
      REQUIRE(tbx_test::append(*writer, file.id, numbered_event(0, next_number++)) ==
              AppendResult::kAppended);
    }
  }
  void flush() { REQUIRE(!tbx_test::flush(*writer)); }
  Bytes content() const { return file_content(file.path); }

  // The file begins as it should, and then has the events from `first` to the last one.
  void check_holds_from(std::uint32_t first) const {
    std::vector<Bytes> events = recorded_payloads(content());
    REQUIRE(!events.empty());
    REQUIRE(events.front() == beginning);
    events.erase(events.begin());
    std::vector<EventNumber> expected;
    for (std::uint32_t i = first; i < next_number; ++i) expected.push_back({0, i});
    REQUIRE(tbx_test::numbers_of(events) == expected);
  }
  void check_told_once() {
    const Error told = writer->failures().take();
    CHECK(told.sys_errno == ESTALE);
    CHECK(told.path == file.path);
    CHECK(!writer->failures().take());
  }

  tbx_test::TempDirectory directory;
  std::shared_ptr<tbx::EventWriter> writer = tbx::EventWriter::open({});
  tbx::EventWriter::OpenedFile file;
  std::uint32_t next_number = 0;
  Bytes beginning = recorded_payloads(content()).front();
};

void write_file(const std::string& path, const Bytes& content) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(content.data()),
             static_cast<std::streamsize>(content.size()));
}

// As rsync does it.
void replace(const std::string& path, const Bytes& content) {
  write_file(path + ".new", content);
  fs::rename(path + ".new", path);
}

}  // namespace

TEST_CASE("a deleted file begins anew, each time, and each time somebody is told") {
  RunUnderTest test;
  for (int episode = 0; episode < 3; ++episode) {
    CAPTURE(episode);
    const std::uint32_t first = test.next_number;
    SUBCASE("the file") { fs::remove(test.file.path); }
    SUBCASE("its directory") { fs::remove_all(test.directory / "run"); }
    SUBCASE("moved away") { fs::rename(test.file.path, test.directory / "elsewhere"); }
    SUBCASE("its directory, moved away") {
      fs::rename(test.directory / "run", test.directory / ("run" + std::to_string(episode)));
    }
    SUBCASE("and the queue's, too") {
      fs::remove(test.file.path);
      fs::remove(test.writer->ring_file_path());
    }
    test.append(3);
    test.flush();
    test.check_holds_from(first);
    test.check_told_once();
    CHECK(fs::exists(test.writer->ring_file_path()));
    test.append(1);
    test.flush();
    test.check_holds_from(first);
    CHECK(!test.writer->failures().is_set());
  }
  REQUIRE(!tbx_test::close(*test.writer));
}

TEST_CASE("beside producers the directory is moved away again and again: each event is somewhere") {
  RunUnderTest test;
  constexpr std::uint32_t kProducers = 3;
  std::vector<std::uint32_t> counts(kProducers + 1);
  int moves = 0;
  {
    std::vector<std::jthread> producers;
    for (std::uint32_t producer = 1; producer <= kProducers; ++producer) {
      producers.emplace_back([&, producer](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
          const Bytes event = numbered_event(producer, counts[producer], 8 + producer * 20);
          if (tbx_test::append(*test.writer, test.file.id, event) != AppendResult::kAppended) break;
          if (++counts[producer] % 20 == 0) std::this_thread::sleep_for(2ms);  // it empties
        }
      });
    }
    std::set<std::string> ring_files;
    for (; moves < 30; ++moves) {
      REQUIRE(tbx_test::eventually([&] {
        const std::string path = test.writer->ring_file_path();
        return fs::exists(path) && ring_files.insert(path).second;
      }));
      fs::rename(test.directory / "run", test.directory / ("run" + std::to_string(moves)));
    }
  }
  REQUIRE(!tbx_test::close(*test.writer));
  CHECK(test.writer->stats().events_dropped == 0);
  tbx_test::ProducerOrder order;
  const std::string name = fs::path(test.file.path).filename();
  for (int move = 0; move <= moves; ++move) {
    const std::string run = move == moves ? "run" : "run" + std::to_string(move);
    if (!fs::exists(test.directory / run)) continue;
    auto events = recorded_payloads(file_content(test.directory / (run + '/' + name)));
    events.erase(events.begin());
    order.add_all(tbx_test::numbers_of(events));
  }
  std::map<std::uint32_t, std::uint32_t> expected = {{0, test.next_number}};
  for (std::uint32_t producer = 1; producer <= kProducers; ++producer) {
    expected[producer] = counts[producer];
  }
  CHECK(order.counts() == expected);
}

TEST_CASE("what was moved away keeps what it had") {
  RunUnderTest test;
  const Bytes before = test.content();
  fs::rename(test.file.path, test.directory / "elsewhere");
  test.append(1);
  test.flush();
  CHECK(file_content(test.directory / "elsewhere") == before);
}

TEST_CASE("a copy of the file in its place is gone on with") {
  RunUnderTest test;
  Bytes copy = test.content();
  SUBCASE("whole") {}
  SUBCASE("torn") { copy.resize(copy.size() - 24 + 13); }
  SUBCASE("empty") { copy.clear(); }
  SUBCASE("torn in its first record") { copy.resize(20); }
  replace(test.file.path, copy);
  test.append(2);
  test.flush();
  const auto events = recorded_payloads(test.content());
  CHECK(events.front() == test.beginning);
  CHECK(tbx_test::number_of(events.back()) == EventNumber{0, 3});
  CHECK(tbx_test::number_of(events[events.size() - 2]) == EventNumber{0, 2});
  test.check_told_once();
}

TEST_CASE("another's file in its place is left alone, and the events wait") {
  RunUnderTest test;
  Bytes other = bytes_of("somebody's notes, longer than the first record of an event file is");
  SUBCASE("no event file") {}
  SUBCASE("short") { other = bytes_of("hi"); }
  SUBCASE("an event file") {
    const auto writer = tbx::EventWriter::open({});
    other = file_content(writer->open_file(test.directory / "other", {}).path);
  }
  replace(test.file.path, other);
  test.append(2);
  for (int i = 0; i < 2; ++i) {
    const Error error = tbx_test::flush(*test.writer);
    CHECK(error.sys_errno == EEXIST);
    CHECK(error.path == test.file.path);
  }
  CHECK(file_content(test.file.path) == other);
  CHECK(tbx_test::close(*test.writer).sys_errno == EEXIST);
  fs::remove(test.file.path);
  REQUIRE(!tbx_test::close(*test.writer));
  test.check_holds_from(2);
}

TEST_CASE("where the file cannot be made again the events wait until it can") {
  RunUnderTest test;
  fs::remove_all(test.directory / "run");
  write_file(test.directory / "run", bytes_of("no directory"));
  test.append(2);
  for (int i = 0; i < 2; ++i) {
    const Error error = tbx_test::flush(*test.writer);
    CHECK((error.sys_errno == ENOTDIR || error.sys_errno == EEXIST));
    CHECK(error.path == test.directory / "run");
  }
  fs::remove(test.directory / "run");
  test.append(1);
  REQUIRE(!tbx_test::close(*test.writer));
  test.check_holds_from(2);
}

TEST_CASE("a file that somebody has cut has no torn record inside") {
  RunUnderTest test;
  const std::uintmax_t size = fs::file_size(test.file.path);
  std::uintmax_t kept = 0;
  SUBCASE("in the last record") { kept = size - 1; }
  SUBCASE("between records") { kept = size - 24; }
  SUBCASE("in the first record") { kept = 5; }
  SUBCASE("to nothing") {}
  fs::resize_file(test.file.path, kept);
  test.append(2);
  test.flush();
  const auto events = recorded_payloads(test.content());
  CHECK(events.front() == test.beginning);
  CHECK(events.size() == 3 + (kept >= size - 24));
  CHECK(tbx_test::number_of(events.back()) == EventNumber{0, 3});
}

TEST_CASE("a file deleted under two processes begins anew once, with the events of both") {
  RunUnderTest test;
  constexpr std::uint32_t kEvents = 200;
  tbx_test::ChildProcess child([&] {
    for (std::uint32_t i = 0; i < kEvents; ++i) {
      tbx_test::append(*test.writer, test.file.id, numbered_event(1, i));
      if (i == 0) child_check(!tbx_test::flush(*test.writer), "flushed");
      if (i == 0) fs::remove(test.file.path);
      if (i % 10 == 0) child_check(!tbx_test::flush(*test.writer), "flushed");
    }
    child_check(!tbx_test::close(*test.writer), "closed");
  });
  for (std::uint32_t i = 0; i < kEvents; ++i) {
    test.append(1);
    if (i % 10 == 0) test.flush();
  }
  CHECK(child.wait());
  REQUIRE(!tbx_test::close(*test.writer));
  auto events = recorded_payloads(test.content());
  CHECK(events.front() == test.beginning);
  events.erase(events.begin());
  std::map<std::uint32_t, std::uint32_t> next;
  for (const EventNumber& event : tbx_test::numbers_of(events)) {
    const auto [place, is_first] = next.try_emplace(event.producer, event.number);
    REQUIRE(place->second == event.number);
    ++place->second;
  }
  CHECK(next[0] == test.next_number);
  CHECK(next[1] == kEvents);
}

TEST_CASE("the N-th call fails, for every N and every errno, around a deletion") {
  for (const int failure : {ENOSPC, EIO, EDQUOT, EROFS, EFBIG, EINTR, ESTALE, ENOENT, EACCES}) {
    for (const std::size_t accepted : {0u, 1u, 30u}) {
      for (std::size_t failing = 0;; ++failing) {
        CAPTURE(failure);
        CAPTURE(accepted);
        CAPTURE(failing);
        const tbx_test::TempDirectory directory;
        std::unique_ptr<tbx::FileSink> sink;
        REQUIRE(!tbx::FileSink::create(directory / "file", sink));
        std::atomic<bool> reached{false};
        const auto file = std::make_shared<tbx::EventFile>(std::make_unique<tbx_test::FaultySink>(
            std::move(sink),
            [&](tbx_test::SinkCall, std::size_t nth) -> std::optional<tbx_test::SinkFault> {
              if (nth != failing) return {};
              reached = true;
              return tbx_test::SinkFault{failure, accepted};
            }));
        const Bytes beginning = numbered_event(9, 0, 20);
        file->add(beginning);
        file->begin_with_pending();
        if (file->write_pending()) REQUIRE(!file->write_pending());
        const auto writer = tbx::EventWriter::open({});
        const std::uint32_t id = writer->add_file(file);
        std::uint32_t next = 0;
        const auto append_and_flush = [&](std::uint32_t count) {
          while (count-- != 0) tbx_test::append(*writer, id, numbered_event(0, next++));
          if (tbx_test::flush(*writer)) REQUIRE(!tbx_test::flush(*writer));
        };
        append_and_flush(2);
        const auto before = recorded_payloads(file_content(directory / "file"));
        REQUIRE(before.size() == 3);
        fs::remove(directory / "file");
        append_and_flush(3);
        if (tbx_test::close(*writer)) REQUIRE(!tbx_test::close(*writer));
        auto after = recorded_payloads(file_content(directory / "file"));
        REQUIRE(after.front() == beginning);
        after.erase(after.begin());
        REQUIRE(tbx_test::numbers_of(after) == std::vector<EventNumber>{{0, 2}, {0, 3}, {0, 4}});
        if (!reached) break;
      }
    }
  }
}
