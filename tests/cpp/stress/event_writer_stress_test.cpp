// Everything at once: producers, flushes, counters, files that come and go, closing from several
// threads, and sinks that fail now and then.
#include <doctest/doctest.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "support/waiting.h"
#include "tbx/writer/event_writer.h"
#include "writer/writer_under_test.h"

using namespace std::chrono_literals;
using tbx::AppendResult;
using tbx::EventWriter;
using tbx_test::Bytes;
using tbx_test::numbered_event;
using tbx_test::numbers_of;
using tbx_test::recorded_payloads;
using tbx_test::ScriptedSink;
using tbx_test::SinkCall;
using tbx_test::SinkFault;
using tbx_test::SinkScript;

namespace {

constexpr std::uint32_t kProducers = 3;

// Fails every `one_in`-th call or so, in any way; never a close, which nobody could make up for.
SinkScript::Plan failing_now_and_then(unsigned one_in) {
  return [one_in](SinkCall call, std::size_t nth) -> std::optional<SinkFault> {
    std::mt19937 random(static_cast<unsigned>(nth));
    if (call == SinkCall::kClose || random() % one_in != 0) return {};
    return SinkFault{EIO, random() % 5000};
  };
}

std::size_t size_of_event(std::uint32_t producer, std::uint32_t number) {
  if ((number + producer) % 100 == 0) return 20'000 + number % 9000;  // larger than the ring
  return 8 + (number * 7 + producer) % 200;
}

// Appends to `file` until the event has been taken `count` times, or the writer is closed.
std::uint32_t produce(EventWriter& writer, std::uint32_t file, std::uint32_t producer,
                      std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) {
    const Bytes event = numbered_event(producer, i, size_of_event(producer, i));
    if (tbx_test::append(writer, file, event) != AppendResult::kAppended) return i;
  }
  return count;
}

void flush_until_it_works(EventWriter& writer) {
  while (tbx_test::flush(writer)) {
  }
}

}  // namespace

TEST_CASE("producers, flushes, counters and files that come and go") {
  constexpr std::uint32_t kEach = 6000;
  tbx_test::WriterUnderTest test({.queue_bytes = 1 << 14, .overflow_timeout = 1h});
  test.script->set_plan(failing_now_and_then(20));
  std::vector<std::jthread> others;
  others.emplace_back([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) (void)tbx_test::flush(*test.writer);
  });
  others.emplace_back([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const tbx::WriterStats stats = test.writer->stats();
      REQUIRE(stats.events_written <= stats.events_enqueued);
      REQUIRE(stats.bytes_written <= stats.bytes_enqueued);
      REQUIRE(stats.ring_used_bytes <= stats.ring_capacity_bytes);
      (void)test.writer->failures().take();
      std::this_thread::yield();
    }
  });
  std::atomic<std::uint32_t> files_made{0}, events_in_files{0};
  others.emplace_back([&](const std::stop_token& stop) {
    for (std::uint32_t number = 0; !stop.stop_requested(); ++number) {
      const auto script = std::make_shared<SinkScript>();
      if (number % 2 == 0) script->set_plan(failing_now_and_then(5));
      const std::uint32_t file = test.writer->add_sink(std::make_unique<ScriptedSink>(script));
      REQUIRE(file != 0);
      const std::uint32_t count = number % 40;
      REQUIRE(produce(*test.writer, file, 1000 + number, count) == count);
      flush_until_it_works(*test.writer);
      REQUIRE(!test.writer->close_file(file));
      REQUIRE(script->misuse() == "");
      REQUIRE(script->synced() == script->content().size());
      REQUIRE(numbers_of(recorded_payloads(script->content())) ==
              tbx_test::numbers(1000 + number, count));
      ++files_made;
      events_in_files += count;
    }
  });
  {
    std::vector<std::jthread> producers;
    for (std::uint32_t producer = 0; producer < kProducers; ++producer) {
      producers.emplace_back([&, producer] {
        CHECK(produce(*test.writer, 0, producer, kEach) == kEach);
        flush_until_it_works(*test.writer);
      });
    }
  }
  CHECK(tbx_test::eventually([&] { return files_made > 3; }));
  others.clear();  // stops and joins
  CHECK(test.script->misuse() == "");
  tbx_test::ProducerOrder order;
  order.add_all(test.written());
  for (std::uint32_t producer = 0; producer < kProducers; ++producer) {
    CHECK(order.counts().at(producer) == kEach);
  }
  const tbx::WriterStats stats = test.writer->stats();
  CHECK(stats.events_enqueued == kProducers * kEach + events_in_files);
  CHECK(stats.events_written == stats.events_enqueued);
  CHECK(stats.bytes_written == stats.bytes_enqueued);
  CHECK(stats.events_dropped == 0);
}

TEST_CASE("several threads close: whoever was told \"appended\" finds the event in the file") {
  std::atomic<int> accepted_after_close{0};
  for (int round = 0; round < 150; ++round) {
    CAPTURE(round);
    tbx_test::WriterUnderTest test({.queue_bytes = 1 << 14, .overflow_timeout = 1h});
    test.script->set_plan(failing_now_and_then(4));
    std::vector<std::uint32_t> appended(kProducers);
    std::atomic<bool> closed{false};
    {
      std::vector<std::jthread> threads;
      for (std::uint32_t producer = 0; producer < kProducers; ++producer) {
        threads.emplace_back([&, producer] {
          std::uint32_t& mine = appended[producer];
          // A close that fails may refuse an event; the queue is open again then.
          for (bool last_try = false; !last_try;) {
            last_try = closed;
            const Bytes event = numbered_event(producer, mine, 8 + mine % 50);
            mine += tbx_test::append(*test.writer, 0, event) == AppendResult::kAppended ? 1 : 0;
          }
        });
      }
      for (int closer = 0; closer < 2; ++closer) {
        threads.emplace_back([&] {
          std::this_thread::sleep_for(1ms);
          while (tbx_test::close(*test.writer)) {
          }
          if (tbx_test::append(*test.writer, 0, numbered_event(99, 0)) != AppendResult::kClosed) {
            ++accepted_after_close;
          }
          closed = true;
        });
      }
    }
    REQUIRE(test.script->misuse() == "");
    tbx_test::ProducerOrder order;
    order.add_all(test.written());
    for (std::uint32_t producer = 0; producer < kProducers; ++producer) {
      const auto found = order.counts().find(producer);
      REQUIRE((found == order.counts().end() ? 0 : found->second) == appended[producer]);
    }
    REQUIRE(test.script->count(SinkCall::kClose) == 1);
  }
  CHECK(accepted_after_close == 0);
}

TEST_CASE("writers that come and go on many threads share a drain that comes and goes") {
  std::vector<std::jthread> threads;
  for (unsigned thread = 0; thread < 4; ++thread) {
    threads.emplace_back([thread] {
      for (unsigned round = 0; round < 150; ++round) {
        tbx_test::WriterUnderTest test;
        test.append(1 + round % 3);
        if (round % 20 == 0) {
          // The drain alone, wherever it was on its way to its end.
          REQUIRE(tbx_test::eventually(
              [&] { return test.script->content().size() == test.next_number * 24; }));
        } else if ((round + thread) % 3 == 0) {
          REQUIRE(!tbx_test::flush(*test.writer));
        } else if ((round + thread) % 3 == 1) {
          REQUIRE(!tbx_test::close(*test.writer));
        }
        test.writer.reset();
        REQUIRE(test.is_complete());
      }
    });
  }
}
