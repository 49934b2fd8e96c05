// The reader and the naive one give the same verdicts, in whatever pieces a file arrives.
#include <doctest/doctest.h>

#include "fuzz/scripted_records.h"
#include "record/record_file.h"
#include "support/scripted_source.h"
#include "tbx/record/record_reader.h"

namespace tbx_fuzz {

std::vector<Bytes> seeds() {
  // Piece size, window, visible part, limit, then a script: records, one of them cut or damaged.
  return {tbx_test::bytes_of_hex("07 00 0000 ff 10 616263 06 61 0b 6262"),
          tbx_test::bytes_of_hex("01 40 1000 ff 10 616263 00 02 ff00000000000000 14 61616161"),
          tbx_test::bytes_of_hex("00 04 0500 02 10 616263 04 ff40 03 0900 06 61"),
          tbx_test::bytes_of_hex("30 ff ffff ff 02 ffffffffffffffff 04 ff4f 09 ff4f")};
}

void check(std::span<const std::byte> bytes) {
  Input input(bytes);
  const std::size_t piece = 1 + input.number<std::uint8_t>() * std::size_t{7};
  // Small, so that short files reach its end and make it grow.
  const std::size_t window = tbx::kHeaderBytes + input.number<std::uint8_t>() * std::size_t{4};
  const std::size_t visible = input.number<std::uint16_t>();
  const auto small_limit = input.number<std::uint8_t>();
  const std::uint64_t limit = small_limit < 200 ? small_limit : tbx::kMaxPayloadBytes;
  const Bytes file = scripted_file(input);

  tbx_test::ScriptedSource source(file, {piece});
  tbx::RecordReader reader(source, limit, window);
  std::size_t offset = 0;
  // A file that is still being written, then all of it.
  for (const std::size_t size : {std::min(visible, file.size()), file.size()}) {
    source.show(size);
    for (;;) {
      const NaiveRecord expected = naive_record(std::span(file).first(size), offset, limit);
      const tbx::ReadResult found = reader.next();
      REQUIRE(found.status == expected.status);
      REQUIRE(found.offset == expected.offset);
      const bool same_payload = std::ranges::equal(found.payload, expected.payload);
      REQUIRE(same_payload);
      if (!goes_on(found.status)) break;
      offset += tbx::framed_size(found.payload.size());
    }
  }
}

}  // namespace tbx_fuzz
