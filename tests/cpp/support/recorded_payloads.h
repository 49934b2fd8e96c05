// The payloads of a run of records, as our own reader sees them.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "support/scripted_source.h"
#include "support/test_bytes.h"
#include "tbx/record/record_reader.h"

namespace tbx_test {

// Requires that `file` is whole: nothing torn, nothing damaged.
inline std::vector<Bytes> recorded_payloads(Bytes file) {
  ScriptedSource source(std::move(file));
  tbx::RecordReader reader(source);
  std::vector<Bytes> payloads;
  for (;;) {
    const tbx::ReadResult result = reader.next();
    if (result.status != tbx::ReadStatus::kRecord) {
      const std::string verdict(describe(result.status));
      CAPTURE(verdict);
      REQUIRE(result.status == tbx::ReadStatus::kEnd);
      return payloads;
    }
    payloads.emplace_back(result.payload.begin(), result.payload.end());
  }
}

}  // namespace tbx_test
