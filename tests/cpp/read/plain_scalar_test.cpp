// The short way through a scalar event, against EventParts, which goes the long way.
#include "tbx/read/plain_scalar.h"

#include <doctest/doctest.h>

#include <bit>
#include <string>

#include "support/test_bytes.h"
#include "tbx/event/event_encoder.h"
#include "tbx/event/summary_encoder.h"
#include "tbx/read/event_parts.h"

using tbx_test::Bytes;

namespace {

Bytes scalar_event(const std::string& tag, std::int64_t step, double value) {
  const tbx::EventStamp stamp{1.7e9, step};
  const tbx::ScalarValue scalar{tag, value};
  const tbx::ScalarField field(scalar);
  const std::size_t summary_bytes = field.size();
  Bytes event(tbx::summary_event_size(stamp, summary_bytes));
  tbx::wire::Writer writer(event.data());
  writer = tbx::write_summary_event_header(writer, stamp, summary_bytes);
  writer = field.write(writer);
  return event;
}

// Whether the short way takes it; then the long way has to find the same, and nothing beside it.
bool is_taken(std::span<const std::byte> event) {
  tbx::PlainScalar scalar;
  if (!scalar.take(event)) return false;
  tbx::EventParts parts;
  REQUIRE(parts.take_apart(event));
  CHECK_FALSE(parts.has_file_version);
  CHECK_FALSE(parts.has_graph);
  CHECK_FALSE(parts.has_run_metadata);
  CHECK_FALSE(parts.has_session_start);
  REQUIRE(parts.values.size() == 1);
  const tbx::ValuePart& value = parts.values[0];
  CHECK(value.kind == tbx::ValueKind::kScalar);
  CHECK(value.plugin.empty());
  CHECK(value.tag == scalar.tag);
  CHECK(parts.step == scalar.step);
  const auto bits = [](auto number) { return std::bit_cast<std::uint64_t>(double{number}); };
  CHECK(bits(parts.wall_time) == bits(scalar.wall_time));
  CHECK(bits(value.simple_value) == bits(scalar.value));
  return true;
}

}  // namespace

TEST_CASE("scalars as they are written go the short way, unless they are long") {
  for (const std::int64_t step : {0LL, 1LL, 127LL, 128LL, 123'456LL, (1LL << 35) - 1}) {
    for (std::size_t length = 1; length <= 116; ++length) {
      REQUIRE(is_taken(scalar_event(std::string(length, 't'), step, 0.5)));
    }
    REQUIRE_FALSE(is_taken(scalar_event(std::string(117, 't'), step, 0.5)));
  }
  CHECK_FALSE(is_taken(scalar_event("tag", 1LL << 35, 0.5)));
  CHECK_FALSE(is_taken(scalar_event("tag", -1, 0.5)));
}

TEST_CASE("what goes the short way is what the long way finds, whatever the bytes") {
  for (const std::int64_t step : {0LL, 300LL, (1LL << 35) - 1}) {
    const Bytes event = scalar_event("a/tag", step, -2.5);
    for (std::size_t at = 0; at < event.size(); ++at) {
      Bytes changed = event;
      for (int byte = 0; byte < 256; ++byte) {
        changed[at] = static_cast<std::byte>(byte);
        is_taken(changed);
      }
    }
    for (std::size_t size = 0; size < event.size(); ++size) {
      is_taken(Bytes(event.begin(), event.begin() + static_cast<long>(size)));
    }
    Bytes longer = event;
    longer.resize(event.size() + 1);
    CHECK_FALSE(is_taken(longer));
  }
}
