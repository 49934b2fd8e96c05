// Forks at any moment: while events wait to be written, while rings move into files, while the
// drain is being paused.
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "support/beside_threads.h"
#include "support/child_process.h"
#include "support/no_more_threads.h"
#include "support/temp_directory.h"
#include "tbx/writer/drain.h"
#include "tbx/writer/event_writer.h"
#include "tbx/writer/recovery.h"
#include "writer/writer_under_test.h"

using namespace std::chrono_literals;
using tbx::AppendResult;
using tbx::Drain;
using tbx::EventWriter;
using tbx_test::child_check;
using tbx_test::ChildProcess;
using tbx_test::file_content;
using tbx_test::kBesideThreads;
using tbx_test::numbered_event;
using tbx_test::numbers_of;
using tbx_test::recorded_payloads;
using tbx_test::TempDirectory;

namespace {

constexpr std::size_t kQueueBytes = 1 << 14;
constexpr std::uint32_t kChildren = 40;

// Every tenth in pieces, so that its producer waits until it is written.
std::size_t size_of_event(std::uint32_t number) {
  return number % 10 == 9 ? kQueueBytes / 2 : 8 + number % 100;
}

bool append(EventWriter& writer, std::uint32_t file, std::uint32_t producer, std::uint32_t number) {
  return tbx_test::append(writer, file, numbered_event(producer, number, size_of_event(number))) ==
         AppendResult::kAppended;
}

// The drain's part is done by the child's flush: see LoggingChild in drain_fork_test.cpp.
void log_in_child(EventWriter& writer, std::uint32_t file, std::uint32_t child) {
  const tbx_test::NoMoreThreads no_more_threads;
  writer.keep_ring_in_file();
  for (std::uint32_t i = 0; i < 9; ++i) {
    child_check(append(writer, file, child, i), "it is appended");
  }
  child_check(!tbx_test::flush(writer), "the child flushes");
  if (child % 2 == 0) child_check(!tbx_test::close(writer), "the child closes");
}

std::map<std::uint32_t, std::uint32_t> counts_in(const std::string& path) {
  auto events = recorded_payloads(file_content(path));
  REQUIRE(!events.empty());
  events.erase(events.begin());  // the file version
  tbx_test::ProducerOrder order;
  order.add_all(numbers_of(events));
  return order.counts();
}

}  // namespace

TEST_CASE("forks beside producers that wait until their events are written" * kBesideThreads) {
  const TempDirectory directory;
  const auto writer = EventWriter::open({.queue_bytes = kQueueBytes, .overflow_timeout = 1h});
  const auto file = writer->open_file(directory.path(), {});
  REQUIRE(!writer->ring_file_path().empty());
  std::map<std::uint32_t, std::uint32_t> expected;
  std::vector<std::uint32_t> appended(3);
  {
    std::vector<std::jthread> threads;
    for (std::uint32_t producer = 0; producer < appended.size(); ++producer) {
      threads.emplace_back([&, producer](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
          CHECK(append(*writer, file.id, producer, appended[producer]));
          ++appended[producer];
        }
      });
    }
    threads.emplace_back([&](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        CHECK(!tbx_test::flush(*writer));
        std::this_thread::sleep_for(1ms);
      }
    });
    for (std::uint32_t child = 100; child < 100 + kChildren; ++child) {
      if (child % 3 == 0) Drain::process_wide().pause(1s);
      ChildProcess process([&] {
        if (child % 4 != 0) log_in_child(*writer, file.id, child);
      });
      REQUIRE(process.wait());
      if (child % 4 != 0) expected[child] = 9;
    }
  }
  CHECK(!tbx_test::close(*writer));
  for (std::uint32_t producer = 0; producer < appended.size(); ++producer) {
    expected[producer] = appended[producer];
  }
  CHECK(counts_in(file.path) == expected);
  // The children that did not close have left their ring files, with nothing in them.
  CHECK(tbx::recover_directory(directory.path()).events == 0);
  CHECK(directory.names().size() == 1);
}

TEST_CASE("rings move into files, come and go beside forks and pauses" * kBesideThreads) {
  const TempDirectory directory;
  std::atomic<std::uint32_t> rounds{0};
  {
    std::vector<std::jthread> threads;
    for (std::uint32_t thread = 0; thread < 3; ++thread) {
      threads.emplace_back([&, thread](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
          const auto writer =
              EventWriter::open({.queue_bytes = kQueueBytes, .overflow_timeout = 1h});
          const auto made = writer->open_file(directory.path(), {});
          const auto other =
              EventWriter::open({.queue_bytes = kQueueBytes, .overflow_timeout = 1h});
          const auto attached = other->attach_file(made.path, 0);
          if (thread % 2 == 0) other->keep_ring_in_file();
          for (std::uint32_t i = 0; i < 20; ++i) {
            CHECK(append(*writer, made.id, 0, i));
            CHECK(append(*other, attached.id, 1, i));
          }
          CHECK(!tbx_test::close(*writer));
          CHECK(!tbx_test::close(*other));
          CHECK(counts_in(made.path) == std::map<std::uint32_t, std::uint32_t>{{0, 20}, {1, 20}});
          std::filesystem::remove(made.path);
          ++rounds;
        }
      });
    }
    for (std::uint32_t child = 0; child < kChildren; ++child) {
      if (child % 2 == 0) Drain::process_wide().pause(1s);
      ChildProcess process([] {});
      REQUIRE(process.wait());
    }
  }
  CHECK(rounds > 3);
  CHECK(directory.names().empty());
}
