// What a scanner finds behind damage, and that hostile files make it allocate nothing.
#include "tbx/read/record_scanner.h"

#include <doctest/doctest.h>

#include <fstream>
#include <string>
#include <vector>

#include "record/record_file.h"
#include "support/largest_allocation.h"
#include "support/temp_directory.h"
#include "tbx/base/endian.h"
#include "tbx/crc/masked_crc.h"

using tbx::Damage;
using tbx::FileWindow;
using tbx::RecordScanner;
using tbx::ScanPosition;
using tbx::ScanStatus;
using tbx_test::Bytes;
using tbx_test::RecordFile;

namespace {

// A file with these bytes, gone with the object.
class TemporaryFile {
 public:
  explicit TemporaryFile(const Bytes& bytes) {
    std::ofstream(path(), std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<long>(bytes.size()));
  }
  std::string path() const { return directory_ / "file"; }

 private:
  tbx_test::TempDirectory directory_;
};

struct Scanned {
  std::vector<std::uint64_t> records;  // where they start
  std::vector<Damage> damage;
  ScanPosition end;
};

Scanned scan(const Bytes& bytes, bool growing = false) {
  const TemporaryFile file(bytes);
  FileWindow window(file.path());
  RecordScanner scanner(window, {}, growing);
  Scanned found;
  for (;;) {
    switch (scanner.next()) {
      case ScanStatus::kRecord:
        found.records.push_back(scanner.offset());
        break;
      case ScanStatus::kDamage:
        found.damage.push_back(scanner.damage());
        scanner.skip();
        break;
      case ScanStatus::kTorn:
      case ScanStatus::kEnd:
        found.end = scanner.position();
        return found;
    }
  }
}

std::vector<std::uint64_t> starts_without(const RecordFile& file, std::size_t record) {
  std::vector<std::uint64_t> starts(file.starts.begin(), file.starts.end() - 1);
  starts.erase(starts.begin() + static_cast<long>(record));
  return starts;
}

Bytes header_of(std::uint64_t length) {
  Bytes header(12);
  tbx::store_le(header.data(), length);
  tbx::store_le(&header[8], tbx::MaskedCrc::of({header.data(), 8}).bits());
  return header;
}

}  // namespace

TEST_CASE("every single flipped bit costs one record") {
  const RecordFile file = RecordFile::of_sizes({24, 1, 45, 8, 60, 300, 5});
  constexpr std::size_t kDamaged = 4;
  for (std::size_t at = file.starts[kDamaged]; at < file.starts[kDamaged + 1]; ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      Bytes bytes = file.bytes;
      bytes[at] ^= static_cast<std::byte>(1 << bit);
      const Scanned found = scan(bytes);
      REQUIRE(found.records == starts_without(file, kDamaged));
      REQUIRE(found.damage.size() == 1);
    }
  }
}

TEST_CASE("records are found across the ends of the window, and around one that is larger") {
  std::vector<std::size_t> sizes(30'000, 50);
  sizes.insert(sizes.begin() + 20'000, 900'000);
  for (std::size_t index = 0; index < sizes.size(); index += 7) sizes[index] += index % 256;
  const RecordFile file = RecordFile::of_sizes(sizes);
  const Scanned found = scan(file.bytes);
  CHECK(found.damage.empty());
  CHECK(found.records == std::vector<std::uint64_t>(file.starts.begin(), file.starts.end() - 1));
  CHECK(found.end.offset == file.bytes.size());
}

TEST_CASE("a file cut anywhere ends behind its whole records, without damage") {
  const RecordFile file = RecordFile::of_sizes({24, 1, 45, 60});
  for (std::size_t size = 0; size <= file.bytes.size(); ++size) {
    const Scanned found =
        scan(Bytes(file.bytes.begin(), file.bytes.begin() + static_cast<long>(size)));
    REQUIRE(found.damage.empty());
    REQUIRE(found.records.size() == file.whole_records(size));
    REQUIRE(found.end.offset == file.starts[found.records.size()]);
  }
}

TEST_CASE("records behind a torn one are found, whatever it announced") {
  const RecordFile file = RecordFile::of_sizes({24, 45, 60});
  for (const std::uint64_t length : {std::uint64_t{50}, std::uint64_t{1} << 30}) {
    Bytes bytes = header_of(length);
    bytes.resize(30);
    bytes.insert(bytes.end(), file.bytes.begin(), file.bytes.end());
    const Scanned found = scan(bytes);
    CHECK(found.records ==
          std::vector<std::uint64_t>{30, 30 + file.starts[1], 30 + file.starts[2]});
    CHECK(found.damage == std::vector{Damage::kTornInside});
  }
}

TEST_CASE("what is announced is not allocated") {
  for (const std::uint64_t length : {std::uint64_t{1} << 20, (std::uint64_t{1} << 31) - 1,
                                     std::uint64_t{1} << 40, ~std::uint64_t{0}}) {
    Bytes bytes = header_of(length);
    bytes.resize(1000);
    tbx_test::reset_largest_allocation();
    CHECK(scan(bytes).records.empty());
    CHECK(tbx_test::largest_allocation() < 70'000);  // of the ofstream
  }
}

TEST_CASE("a search goes on where the file has grown") {
  const RecordFile file = RecordFile::of_sizes({24, 45});
  Bytes bytes(100, std::byte{0});
  bytes.insert(bytes.end(), file.bytes.begin(), file.bytes.end());
  for (std::size_t size = 13; size < 100 + file.starts[1]; ++size) {
    const Scanned first = scan(Bytes(bytes.begin(), bytes.begin() + static_cast<long>(size)), true);
    REQUIRE(first.damage == std::vector{Damage::kZeros});
    REQUIRE(first.end.lost);
    const TemporaryFile grown(bytes);
    FileWindow window(grown.path());
    RecordScanner scanner(window, first.end, true);
    REQUIRE(scanner.next() == ScanStatus::kRecord);
    REQUIRE(scanner.offset() == 100);
  }
}
