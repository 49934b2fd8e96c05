// An EventWriter with what tests do to it most: numbered events, and waiting until something is
// done.
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/numbered_event.h"
#include "support/recorded_payloads.h"
#include "support/scripted_sink.h"
#include "support/test_bytes.h"
#include "tbx/writer/event_writer.h"

namespace tbx_test {

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
