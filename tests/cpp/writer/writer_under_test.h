// An EventWriter with what tests do to it most: numbered events, and waiting until something is
// done.
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/recorded_payloads.h"
#include "support/scripted_sink.h"
#include "support/test_bytes.h"
#include "tbx/writer/event_writer.h"

namespace tbx_test {

// An event of `size` >= 8 bytes that says who sent it, and in which place of his events.
inline Bytes numbered_event(std::uint32_t producer, std::uint32_t number, std::size_t size = 8) {
  Bytes event = random_bytes(size, producer * 31 + number);
  std::memcpy(event.data(), &producer, 4);
  std::memcpy(event.data() + 4, &number, 4);
  return event;
}

struct EventNumber {
  std::uint32_t producer = 0;
  std::uint32_t number = 0;
  friend auto operator<=>(const EventNumber&, const EventNumber&) = default;
};

// Who sent it; requires that not a byte of it has changed.
inline EventNumber number_of(const Bytes& event) {
  REQUIRE(event.size() >= 8);
  EventNumber number;
  std::memcpy(&number.producer, event.data(), 4);
  std::memcpy(&number.number, event.data() + 4, 4);
  REQUIRE(event == numbered_event(number.producer, number.number, event.size()));
  return number;
}

inline std::vector<EventNumber> numbers_of(const std::vector<Bytes>& events) {
  std::vector<EventNumber> numbers;
  for (const Bytes& event : events) numbers.push_back(number_of(event));
  return numbers;
}

// 0 .. count - 1 of one producer.
inline std::vector<EventNumber> numbers(std::uint32_t producer, std::uint32_t count) {
  std::vector<EventNumber> numbers;
  for (std::uint32_t i = 0; i < count; ++i) numbers.push_back({producer, i});
  return numbers;
}

inline tbx::AppendResult append(tbx::EventWriter& writer, std::uint32_t file, const Bytes& event) {
  return writer.queue().append(file, event, [] { return true; });
}

// Until it is done, as callers do who must look for signals in between.
inline tbx::Error flush(tbx::EventWriter& writer) {
  tbx::Error error;
  const std::uint64_t target = writer.flush_target();
  while (!writer.flush(target, std::chrono::milliseconds(50), error)) {
  }
  return error;
}

inline tbx::Error close(tbx::EventWriter& writer) {
  tbx::Error error;
  while (!writer.close(std::chrono::milliseconds(50), error)) {
  }
  return error;
}

// A writer with one scripted sink, which is file 0.
struct WriterUnderTest {
  explicit WriterUnderTest(const tbx::EventWriterOptions& options = {})
      : writer(tbx::EventWriter::open(options)) {
    REQUIRE(writer->add_sink(std::make_unique<ScriptedSink>(script)) == 0);
  }

  // Appends the producer's next `count` events.
  void append(std::uint32_t count, std::size_t size = 8) {
    for (; count != 0; --count) {
      REQUIRE(tbx_test::append(*writer, 0, numbered_event(0, next_number++, size)) ==
              tbx::AppendResult::kAppended);
    }
  }
  std::vector<EventNumber> written() const {
    return numbers_of(recorded_payloads(script->content()));
  }
  // Everything appended is in the sink: once, in order, no record torn on the way.
  bool is_complete() const {
    REQUIRE(script->misuse() == "");
    return written() == numbers(0, next_number);
  }

  std::shared_ptr<SinkScript> script = std::make_shared<SinkScript>();
  std::shared_ptr<tbx::EventWriter> writer;
  std::uint32_t next_number = 0;
};

}  // namespace tbx_test
