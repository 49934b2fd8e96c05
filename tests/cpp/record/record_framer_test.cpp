#include "tbx/record/record_framer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

#include "record/record_file.h"
#include "support/test_bytes.h"

using tbx::framed_size;
using tbx::whole_records_prefix;
using tbx_test::Bytes;
using tbx_test::bytes_of;
using tbx_test::bytes_of_hex;
using tbx_test::RecordFile;

static_assert(framed_size(0) == 16);
static_assert(framed_size(45) == 61);

namespace {

Bytes framed(std::span<const std::byte> payload) {
  Bytes record(framed_size(payload.size()));
  tbx::frame_record(record.data(), payload);
  return record;
}

}  // namespace

// Written by tensorboard 2.21.0's own record writer:
//   import io; from tensorboard.summary.writer.record_writer import RecordWriter
//   for payload in b"123456789", b"", bytes(range(45)):
//     file = io.BytesIO(); RecordWriter(file).write(payload); print(file.getvalue().hex())
TEST_CASE("records are byte for byte TensorBoard's") {
  CHECK(framed(bytes_of("123456789")) ==
        bytes_of_hex("0900000000000000 37f97139 313233343536373839 e5b08ac7"));
  CHECK(framed({}) == bytes_of_hex("0000000000000000 29039807 d8ea82a2"));
  Bytes counting(45);
  for (std::size_t i = 0; i < counting.size(); ++i) counting[i] = static_cast<std::byte>(i);
  CHECK(framed(counting) ==
        bytes_of_hex("2d00000000000000 3c418afb 000102030405060708090a0b0c0d0e0f101112131415161718"
                     "191a1b1c1d1e1f202122232425262728292a2b2c 000788ba"));
}

TEST_CASE("a record fills framed_size bytes at any alignment and touches no byte more") {
  for (std::size_t size = 0; size < 70; ++size) {
    const Bytes payload = tbx_test::random_bytes(size);
    const Bytes expected = framed(payload);
    for (std::size_t offset = 0; offset < 9; ++offset) {
      Bytes around(offset + expected.size() + 9, std::byte{0xee});
      tbx::frame_record(&around[offset], payload);
      Bytes wanted(around.size(), std::byte{0xee});
      std::copy(expected.begin(), expected.end(),
                wanted.begin() + static_cast<std::ptrdiff_t>(offset));
      REQUIRE(around == wanted);
    }
  }
}

TEST_CASE("the longest prefix of whole records, at every limit") {
  const RecordFile file = tbx_test::small_record_file();
  for (std::size_t limit = 0; limit <= file.bytes.size() + 20; ++limit) {
    CAPTURE(limit);
    REQUIRE(whole_records_prefix(file.bytes, limit) == file.starts[file.whole_records(limit)]);
  }
  CHECK(whole_records_prefix(file.bytes, std::numeric_limits<std::size_t>::max()) ==
        file.bytes.size());
  CHECK(whole_records_prefix({}, 100) == 0);
}

TEST_CASE("a prefix never reaches past the frames, whatever their lengths claim") {
  const RecordFile file = tbx_test::small_record_file();
  for (std::size_t size = 0; size <= file.bytes.size(); ++size) {
    const auto torn = std::span(file.bytes).first(size);
    REQUIRE(whole_records_prefix(torn, file.bytes.size()) == file.starts[file.whole_records(size)]);
  }
  const Bytes ones(40, std::byte{0xff});
  CHECK(whole_records_prefix(ones, ones.size()) == 0);
}
