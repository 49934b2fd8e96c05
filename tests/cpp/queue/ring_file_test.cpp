// The hidden file of a ring: made, named, locked, and gone when it should be.
#include "tbx/queue/ring_file.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "support/child_process.h"
#include "support/temp_directory.h"
#include "support/test_bytes.h"
#include "support/waiting.h"
#include "tbx/queue/ring_memory.h"

using tbx::FileMarks;
using tbx::RingFile;
using tbx::RingMemory;
using tbx_test::Bytes;
using tbx_test::file_content;
using tbx_test::random_bytes;
using tbx_test::TempDirectory;

namespace {

constexpr std::size_t kBlockBytes = 192 + 4096;

struct RingFileUnderTest {
  RingFileUnderTest() { REQUIRE(!RingFile::create(directory.path(), memory.block(), {}, file)); }

  // The mark that recovery takes where the ring has handed on what was before `consumed`.
  std::uint64_t file_end(std::uint32_t id, std::uint64_t consumed) const {
    const Bytes content = file_content(file->path());
    std::uint64_t newest = 0, end = 0;
    for (std::size_t i = 0; i < 2; ++i) {
      std::uint64_t mark[2];
      std::memcpy(mark, &content[tbx::kMarksOffset + id * sizeof(FileMarks) + i * sizeof mark],
                  sizeof mark);
      if (mark[0] > consumed || mark[0] < newest) continue;
      newest = mark[0];
      end = mark[1];
    }
    return end;
  }

  TempDirectory directory;
  RingMemory memory{kBlockBytes};
  std::unique_ptr<RingFile> file;
};

}  // namespace

TEST_CASE("what is written to the block is in the file") {
  RingFileUnderTest test;
  const std::string name = test.directory.names().at(0);
  CHECK(name.starts_with(".tbx_native."));
  CHECK(name.ends_with(".ring"));
  CHECK(name.find("tfevents") == std::string::npos);
  std::memset(test.memory.block().data(), 7, kBlockBytes);
  const Bytes content = file_content(test.file->path());
  REQUIRE(content.size() > tbx::kBlockOffset + kBlockBytes);
  CHECK(std::memcmp(content.data(), tbx::kRingFileMagic.data(), 8) == 0);
  for (std::size_t i = 0; i < kBlockBytes; ++i) {
    REQUIRE(content[tbx::kBlockOffset + i] == std::byte{7});
  }
}

TEST_CASE("names are relative where the file is below") {
  RingFileUnderTest test;
  REQUIRE(!test.file->name_file(3, test.directory / "sub/events", 0, 10));
  REQUIRE(!test.file->name_file(70'000, "/elsewhere/events", 0, 20));
  tbx::RingFileHeader header;
  const Bytes content = file_content(test.file->path());
  std::memcpy(&header, content.data(), sizeof header);
  const std::string names(reinterpret_cast<const char*>(&content[header.names_offset]), 60);
  CHECK(names.find("sub/events") == 8);
  CHECK(names.find("/elsewhere/events") == 8 + 10 + 8);
  CHECK(test.file_end(3, 0) == 10);
}

TEST_CASE("the newest mark counts that is not ahead of the ring") {
  RingFileUnderTest test;
  REQUIRE(!test.file->name_file(0, "events", 0, 100));
  test.file->mark(0, 64, 200);
  CHECK(test.file_end(0, 0) == 100);  // killed between the mark and the release
  CHECK(test.file_end(0, 64) == 200);
  test.file->mark(0, 128, 300);
  CHECK(test.file_end(0, 64) == 200);
  CHECK(test.file_end(0, 128) == 300);
  test.file->mark(0, 192, 400);
  CHECK(test.file_end(0, 128) == 300);
  CHECK(test.file_end(0, 1000) == 400);
  REQUIRE(!test.file->name_file(0, "next", 192, 50));  // the id is another file's
  CHECK(test.file_end(0, 192) == 50);
}

TEST_CASE("the lock is the owner's alone") {
  RingFileUnderTest test;
  const int other = open(test.file->path().c_str(), O_RDWR | O_CLOEXEC);
  REQUIRE(other >= 0);
  CHECK(flock(other, LOCK_EX | LOCK_NB) != 0);
  tbx_test::ChildProcess child([&] {
    test.file.reset();
    test.memory.zero();
    pause();
  });
  test.file.reset();
  test.memory.zero();
  // The child lives, and has closed what it inherited.
  CHECK(tbx_test::eventually([&] { return flock(other, LOCK_EX | LOCK_NB) == 0; }));
  kill(child.pid(), SIGKILL);
  close(other);
  CHECK(test.directory.names().size() == 1);  // left, for whoever recovers
}

TEST_CASE("a removed file is gone, and its memory stays") {
  RingFileUnderTest test;
  test.file->remove();
  CHECK(test.directory.names().empty());
  std::memset(test.memory.block().data(), 1, kBlockBytes);
}

TEST_CASE("the next file has its own beginning, and zeros behind") {
  RingFileUnderTest test;
  std::memset(test.memory.block().data(), 7, kBlockBytes);
  const std::string first = test.file->path();
  const Bytes beginning = random_bytes(192);
  REQUIRE(!RingFile::create(test.directory.path(), test.memory.block(), beginning, test.file));
  CHECK(test.file->path() != first);
  const Bytes content = file_content(test.file->path());
  for (std::size_t i = 0; i < kBlockBytes; ++i) {
    const std::byte expected = i < beginning.size() ? beginning[i] : std::byte{0};
    REQUIRE(content[tbx::kBlockOffset + i] == expected);
    REQUIRE(test.memory.block()[i] == expected);
  }
}

TEST_CASE("a file knows when it is gone") {
  RingFileUnderTest test;
  CHECK(!test.file->is_gone());
  SUBCASE("deleted") { std::filesystem::remove(test.file->path()); }
  SUBCASE("its directory moved") {
    const std::string directory = test.directory.path();
    std::filesystem::rename(directory, directory + ".moved");
    CHECK(test.file->is_gone());
    std::filesystem::rename(directory + ".moved", directory);
    CHECK(!test.file->is_gone());
    test.file->remove();
  }
  SUBCASE("its directory replaced by a file") {
    const std::string directory = test.directory.path();
    std::filesystem::remove_all(directory);
    std::ofstream(directory) << "no directory";
  }
  CHECK(test.file->is_gone());
}

TEST_CASE("where it cannot be, memory is as it was") {
  TempDirectory directory;
  RingMemory memory(kBlockBytes);
  memory.block()[0] = std::byte{5};
  std::unique_ptr<RingFile> file;
  CHECK(RingFile::create(directory / "none", memory.block(), {}, file).sys_errno == ENOENT);
  CHECK(RingFile::create("/proc", memory.block(), {}, file).code == tbx::ErrorCode::kIo);
  CHECK(file == nullptr);
  CHECK(memory.block()[0] == std::byte{5});
}
