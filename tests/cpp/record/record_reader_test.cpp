// What the reader says about whole, torn, damaged and hostile files.
#include "tbx/record/record_reader.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <string>

#include "record/record_file.h"
#include "support/largest_allocation.h"
#include "support/scripted_source.h"
#include "support/test_bytes.h"
#include "tbx/base/endian.h"
#include "tbx/crc/masked_crc.h"

using tbx::ReadResult;
using tbx::ReadStatus;
using tbx::RecordReader;
using tbx_test::Bytes;
using tbx_test::RecordFile;
using tbx_test::ScriptedSource;

namespace tbx {
// How doctest prints a verdict.
static doctest::String toString(ReadStatus status) { return std::string(describe(status)).c_str(); }
}  // namespace tbx

namespace {

constexpr std::size_t kKiB = 1 << 10;
constexpr std::size_t kMiB = 1 << 20;

// What the reader promises about memory: twice what the source gave it, and a first window of 256
// KiB.
constexpr std::size_t memory_bound(std::size_t source_bytes) {
  return 2 * source_bytes + 256 * kKiB;
}

bool is_record(const ReadResult& result, const RecordFile& file, std::size_t index) {
  return result.status == ReadStatus::kRecord && result.offset == file.starts[index] &&
         std::ranges::equal(result.payload, file.payloads[index]);
}

// Reads records from number `first` on and returns the number of the first one that is not as in
// `file`.
std::size_t read_matching(RecordReader& reader, const RecordFile& file, std::size_t first,
                          ReadResult& last) {
  for (std::size_t index = first;; ++index) {
    last = reader.next();
    if (index == file.payloads.size() || !is_record(last, file, index)) return index;
  }
}

bool ends_with(const ReadResult& result, ReadStatus status, std::size_t offset) {
  return result.status == status && result.offset == offset && result.payload.empty();
}

Bytes header_claiming(std::uint64_t payload_bytes) {
  Bytes header(tbx::kHeaderBytes);
  tbx::store_le(header.data(), payload_bytes);
  tbx::store_le(&header[tbx::kLengthBytes],
                tbx::MaskedCrc::of(std::span(header).first(tbx::kLengthBytes)).bits());
  return header;
}

}  // namespace

TEST_CASE("an empty source ends at once, and again") {
  ScriptedSource source({});
  RecordReader reader(source);
  CHECK(ends_with(reader.next(), ReadStatus::kEnd, 0));
  CHECK(ends_with(reader.next(), ReadStatus::kEnd, 0));
}

TEST_CASE("records come back whole from pieces of any size") {
  const RecordFile file = tbx_test::small_record_file();
  const std::vector<std::vector<std::size_t>> scripts = {{},      {1},        {5},     {7, 1, 3},
                                                         {11, 1}, {12, 4, 1}, {16, 1}, {100, 2, 9}};
  for (const auto& pieces : scripts) {
    ScriptedSource source(file.bytes, pieces);
    RecordReader reader(source);
    ReadResult last{};
    CHECK(read_matching(reader, file, 0, last) == file.payloads.size());
    CHECK(ends_with(last, ReadStatus::kEnd, file.bytes.size()));
  }
}

TEST_CASE("records come back whole across the edges of the window, and when larger than it") {
  std::vector<std::size_t> sizes(30'000, 45);
  for (std::size_t i = 0; i < sizes.size(); ++i) sizes[i] += i % 7;
  for (const std::size_t large : {3 * kMiB, 256 * kKiB - tbx::kRecordOverheadBytes, 700 * kKiB}) {
    sizes.push_back(large);
    sizes.insert(sizes.end(), 10, 20);
  }
  const RecordFile file = RecordFile::of_sizes(sizes);
  const std::vector<std::vector<std::size_t>> scripts = {{}, {4096}, {65'521, 1}};
  for (const auto& pieces : scripts) {
    ScriptedSource source(file.bytes, pieces);
    RecordReader reader(source);
    ReadResult last{};
    CHECK(read_matching(reader, file, 0, last) == file.payloads.size());
    CHECK(ends_with(last, ReadStatus::kEnd, file.bytes.size()));
  }
}

TEST_CASE("a file cut at any byte is truncated there, and resumes when the rest arrives") {
  const RecordFile file = tbx_test::small_record_file();
  for (std::size_t cut = 0; cut <= file.bytes.size(); ++cut) {
    CAPTURE(cut);
    ScriptedSource source(file.bytes);
    source.show(cut);
    RecordReader reader(source);
    const std::size_t whole = file.whole_records(cut);
    const ReadStatus expected =
        cut == file.starts[whole] ? ReadStatus::kEnd : ReadStatus::kTruncated;
    ReadResult last{};
    REQUIRE(read_matching(reader, file, 0, last) == whole);
    REQUIRE(ends_with(last, expected, file.starts[whole]));
    REQUIRE(ends_with(reader.next(), expected, file.starts[whole]));

    source.show(file.bytes.size());
    REQUIRE(read_matching(reader, file, whole, last) == file.payloads.size());
    REQUIRE(ends_with(last, ReadStatus::kEnd, file.bytes.size()));
  }
}

TEST_CASE("a file that grows byte by byte gives each record the moment it is whole") {
  const RecordFile file = tbx_test::small_record_file();
  ScriptedSource source(file.bytes);
  RecordReader reader(source);
  for (std::size_t size = 0; size <= file.bytes.size(); ++size) {
    CAPTURE(size);
    source.show(size);
    const std::size_t whole = file.whole_records(size);
    if (size != 0 && size == file.starts[whole]) REQUIRE(is_record(reader.next(), file, whole - 1));
    const bool torn = size != file.starts[whole];
    REQUIRE(ends_with(reader.next(), torn ? ReadStatus::kTruncated : ReadStatus::kEnd,
                      file.starts[whole]));
  }
}

TEST_CASE("every flipped bit is found, and costs no record but its own where that is possible") {
  const RecordFile file = tbx_test::small_record_file();
  for (std::size_t at = 0; at < file.bytes.size(); ++at) {
    const std::size_t hit = file.whole_records(at);
    const bool in_header = at < file.starts[hit] + tbx::kHeaderBytes;
    for (int bit = 0; bit < 8; ++bit) {
      CAPTURE(at);
      CAPTURE(bit);
      RecordFile damaged = file;
      damaged.bytes[at] ^= std::byte{1} << bit;
      ScriptedSource source(damaged.bytes);
      RecordReader reader(source);
      ReadResult last{};
      REQUIRE(read_matching(reader, file, 0, last) == hit);
      if (in_header) {
        REQUIRE(ends_with(last, ReadStatus::kBadLengthCrc, file.starts[hit]));
        REQUIRE(ends_with(reader.next(), ReadStatus::kBadLengthCrc, file.starts[hit]));
        continue;
      }
      REQUIRE(last.status == ReadStatus::kBadPayloadCrc);
      REQUIRE(last.offset == file.starts[hit]);
      REQUIRE(std::ranges::equal(last.payload, std::span(damaged.bytes)
                                                   .subspan(file.starts[hit] + tbx::kHeaderBytes,
                                                            file.payloads[hit].size())));
      REQUIRE(read_matching(reader, file, hit + 1, last) == file.payloads.size());
      REQUIRE(ends_with(last, ReadStatus::kEnd, file.bytes.size()));
    }
  }
}

TEST_CASE("zeros behind the records are a damaged header, as TensorBoard's readers find") {
  RecordFile file = tbx_test::small_record_file();
  file.bytes.resize(file.bytes.size() + 4096);
  ScriptedSource source(file.bytes);
  RecordReader reader(source);
  ReadResult last{};
  CHECK(read_matching(reader, file, 0, last) == file.payloads.size());
  CHECK(ends_with(last, ReadStatus::kBadLengthCrc, file.starts.back()));
}

TEST_CASE("a sound header that announces too much ends the stream and allocates nothing for it") {
  for (const std::uint64_t claim : {std::uint64_t{1} << 40, tbx::kMaxPayloadBytes + 1,
                                    std::numeric_limits<std::uint64_t>::max(),
                                    std::numeric_limits<std::uint64_t>::max() - 15}) {
    CAPTURE(claim);
    RecordFile file = tbx_test::small_record_file();
    const Bytes header = header_claiming(claim);
    file.bytes.insert(file.bytes.end(), header.begin(), header.end());
    file.bytes.resize(file.bytes.size() + 1000);
    // No limit that the caller may set goes beyond kMaxPayloadBytes.
    for (const std::uint64_t limit : {tbx::kMaxPayloadBytes, claim}) {
      ScriptedSource source(file.bytes);
      tbx_test::reset_largest_allocation();
      RecordReader reader(source, limit);
      ReadResult last{};
      CHECK(read_matching(reader, file, 0, last) == file.payloads.size());
      CHECK(ends_with(last, ReadStatus::kTooLarge, file.starts.back()));
      CHECK(ends_with(reader.next(), ReadStatus::kTooLarge, file.starts.back()));
      CHECK(tbx_test::largest_allocation() <= memory_bound(file.bytes.size()));
    }
  }
}

TEST_CASE("a claim within the limit takes memory only as its bytes arrive") {
  Bytes bytes = header_claiming(tbx::kMaxPayloadBytes);
  for (const std::size_t present : {std::size_t{20}, 300 * kKiB, 5 * kMiB, 8 * kMiB}) {
    CAPTURE(present);
    bytes.resize(present);
    for (const std::size_t piece : {16 * kMiB, std::size_t{1000}}) {
      ScriptedSource source(bytes, {piece});
      tbx_test::reset_largest_allocation();
      RecordReader reader(source);
      CHECK(ends_with(reader.next(), ReadStatus::kTruncated, 0));
      CHECK(ends_with(reader.next(), ReadStatus::kTruncated, 0));
      CHECK(tbx_test::largest_allocation() >= present);  // the probe sees the reader's memory
      CHECK(tbx_test::largest_allocation() <= memory_bound(present));
    }
  }
}

TEST_CASE("a long file of small records is read through the first window, which never grows") {
  const RecordFile file = RecordFile::of_sizes(std::vector<std::size_t>(50'000, 45));
  ScriptedSource source(file.bytes);
  RecordReader reader(source);
  tbx_test::reset_largest_allocation();
  ReadResult last{};
  CHECK(read_matching(reader, file, 0, last) == file.payloads.size());
  CHECK(tbx_test::largest_allocation() <= memory_bound(0));
}

TEST_CASE("the caller's limit is the largest payload that is read") {
  const RecordFile file = RecordFile::of_sizes({10, 100, 101, 5});
  ScriptedSource source(file.bytes);
  RecordReader reader(source, 100);
  ReadResult last{};
  CHECK(read_matching(reader, file, 0, last) == 2);
  CHECK(ends_with(last, ReadStatus::kTooLarge, file.starts[2]));
}

TEST_CASE("a source that fails at any read loses nothing: the next call goes on") {
  const RecordFile file = tbx_test::small_record_file();
  ScriptedSource counting(file.bytes, {50});
  RecordReader counted(counting);
  ReadResult last{};
  REQUIRE(read_matching(counted, file, 0, last) == file.payloads.size());
  REQUIRE(counting.calls() > 10);
  for (std::size_t call = 0; call < counting.calls(); ++call) {
    ScriptedSource source(file.bytes, {50});
    source.fail_at(call);
    RecordReader reader(source);
    std::size_t failures = 0;
    std::size_t index = 0;
    for (;;) {
      try {
        const ReadResult result = reader.next();
        if (result.status == ReadStatus::kEnd) break;
        REQUIRE(is_record(result, file, index++));
      } catch (const tbx::ErrorException& e) {
        REQUIRE(e.error().sys_errno == EIO);
        ++failures;
      }
    }
    CHECK(failures == 1);
    CHECK(index == file.payloads.size());
  }
}

TEST_CASE("random damage never makes the reader run on, run back or return what is not there") {
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    RecordFile file = tbx_test::small_record_file();
    for (int i = 0; i < 3; ++i)
      file.bytes[random() % file.bytes.size()] = static_cast<std::byte>(random());
    file.bytes.resize(random() % (file.bytes.size() + 1));
    ScriptedSource source(file.bytes, {1 + random() % 40, 1 + random() % 400});
    RecordReader reader(source);
    std::uint64_t position = 0;
    for (;;) {
      const ReadResult result = reader.next();
      REQUIRE(result.offset == position);
      if (result.status != ReadStatus::kRecord && result.status != ReadStatus::kBadPayloadCrc)
        break;
      position += tbx::framed_size(result.payload.size());
      REQUIRE(position <= file.bytes.size());
    }
  }
}

TEST_CASE("each verdict has its own words") {
  CHECK(describe(ReadStatus::kTruncated) == "truncated record");
  CHECK(describe(ReadStatus::kBadPayloadCrc) == "payload CRC does not match");
  CHECK(describe(ReadStatus::kBadLengthCrc).starts_with("length CRC does not match"));
}
