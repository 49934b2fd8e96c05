#include "tbx/record/byte_source.h"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>

#include "record/record_file.h"
#include "tbx/base/error.h"
#include "tbx/record/record_reader.h"

using tbx::ReadStatus;

namespace {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "tbx-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

void append(const std::string& path, std::span<const std::byte> bytes) {
  std::ofstream(path, std::ios::binary | std::ios::app)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

template <typename Act>
tbx::Error error_of(Act&& act) {
  try {
    act();
  } catch (const tbx::ErrorException& e) {
    return e.error();
  }
  return {};
}

}  // namespace

TEST_CASE("a file is read to its end, and on when it grows") {
  const TemporaryFolder folder;
  const std::string path = folder.path() / "events";
  const tbx_test::RecordFile file = tbx_test::small_record_file();
  const std::size_t torn = file.starts[3] + 5;
  append(path, std::span(file.bytes).first(torn));

  tbx::FileSource source(path);
  tbx::RecordReader reader(source);
  for (int i = 0; i < 3; ++i) CHECK(reader.next().status == ReadStatus::kRecord);
  const tbx::ReadResult tail = reader.next();
  CHECK(tail.status == ReadStatus::kTruncated);
  CHECK(tail.offset == file.starts[3]);

  append(path, std::span(file.bytes).subspan(torn));
  for (std::size_t i = 3; i < file.payloads.size(); ++i) {
    const tbx::ReadResult result = reader.next();
    CHECK(result.status == ReadStatus::kRecord);
    CHECK(std::ranges::equal(result.payload, file.payloads[i]));
  }
  CHECK(reader.next().status == ReadStatus::kEnd);
}

TEST_CASE("a file that cannot be opened or read is an error with errno and path") {
  const TemporaryFolder folder;
  const std::string missing = folder.path() / "missing";
  const tbx::Error not_there = error_of([&] { tbx::FileSource source(missing); });
  CHECK(not_there.code == tbx::ErrorCode::kIo);
  CHECK(not_there.sys_errno == ENOENT);
  CHECK(not_there.path == missing);

  tbx::FileSource directory(folder.path());
  tbx::RecordReader reader(directory);
  const tbx::Error not_a_file = error_of([&] { reader.next(); });
  CHECK(not_a_file.sys_errno == EISDIR);
  CHECK(not_a_file.path == folder.path());
}
