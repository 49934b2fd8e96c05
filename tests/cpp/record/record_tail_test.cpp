// Where whole records end, for a file cut at every byte.
#include "tbx/record/record_tail.h"

#include <doctest/doctest.h>

#include <vector>

#include "record/record_file.h"
#include "support/scripted_source.h"
#include "tbx/base/error.h"

using tbx::read_record_tail;
using tbx_test::Bytes;
using tbx_test::ScriptedSource;

namespace {

Bytes part(std::span<const std::byte> bytes, std::size_t begin) {
  return {bytes.begin() + static_cast<std::ptrdiff_t>(begin), bytes.end()};
}

}  // namespace

TEST_CASE("a file cut at any byte ends behind its last whole record") {
  const tbx_test::RecordFile file = tbx_test::small_record_file();
  for (std::size_t size = 0; size <= file.bytes.size(); ++size) {
    CAPTURE(size);
    const std::size_t whole = file.whole_records(size);
    for (std::size_t first = 0; first <= whole; ++first) {
      std::vector<Bytes> seen;
      ScriptedSource rest(part(std::span(file.bytes).first(size), file.starts[first]));
      const tbx::RecordTail tail =
          read_record_tail(rest, file.starts[first], [&](std::span<const std::byte> payload) {
            seen.emplace_back(payload.begin(), payload.end());
          });
      REQUIRE(tail.whole_end == file.starts[whole]);
      REQUIRE(tail.is_torn == (size != file.starts[whole]));
      REQUIRE(seen ==
              std::vector<Bytes>(file.payloads.begin() + static_cast<std::ptrdiff_t>(first),
                                 file.payloads.begin() + static_cast<std::ptrdiff_t>(whole)));
    }
  }
}

TEST_CASE("damage is no torn tail") {
  tbx_test::RecordFile file = tbx_test::small_record_file();
  file.bytes[file.starts[3] + 9] ^= std::byte{1};  // in the CRC of the length
  ScriptedSource source(file.bytes);
  const tbx::RecordTail tail = read_record_tail(source, 0);
  CHECK(tail.whole_end == file.starts[3]);
  CHECK(!tail.is_torn);
  ScriptedSource broken(file.bytes);
  broken.fail_at(0);
  CHECK_THROWS_AS(read_record_tail(broken, 0), tbx::ErrorException);
}
