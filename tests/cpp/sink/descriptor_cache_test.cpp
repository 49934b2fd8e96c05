// Many files through few descriptors: what is open when, and that nobody notices.
#include "tbx/sink/descriptor_cache.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "support/child_process.h"
#include "support/open_files.h"
#include "support/resource_limit.h"
#include "support/temp_directory.h"

using tbx::CachedDescriptor;
using tbx::DescriptorCache;
using tbx::DescriptorLease;
using tbx::Error;
using tbx_test::child_check;
using tbx_test::open_files_in;
using tbx_test::TempDirectory;
using Names = std::vector<std::string>;

namespace {

// Files "0", "1", ... in a directory, through a cache.
class FilesUnderTest {
 public:
  explicit FilesUnderTest(std::size_t capacity) : cache(capacity) {}

  // Creates `count` files.
  Error create(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      descriptors_.push_back(std::make_unique<CachedDescriptor>());
      const std::string path = directory / std::to_string(descriptors_.size() - 1);
      if (Error error = CachedDescriptor::create(cache, path, *descriptors_.back())) return error;
    }
    return {};
  }
  CachedDescriptor& operator[](std::size_t file) { return *descriptors_[file]; }
  // Lets go of the file's object.
  void destroy(std::size_t file) { descriptors_[file].reset(); }

  Error append(std::size_t file, const std::string& text) {
    const DescriptorLease lease(*descriptors_[file]);
    if (lease.error()) return lease.error();
    REQUIRE(::write(lease.fd(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    return {};
  }
  Names open() const { return open_files_in(directory.path()); }

  TempDirectory directory;
  DescriptorCache cache;

 private:
  std::vector<std::unique_ptr<CachedDescriptor>> descriptors_;
};

bool succeeds(const Error& error) { return !error; }

// The lowest limit under which `count` more descriptors can be opened.
rlim_t limit_for(unsigned count) {
  const int next = dup(STDIN_FILENO);
  close(next);
  return static_cast<rlim_t>(next) + count;
}

}  // namespace

TEST_CASE("a file is created exclusively, for appending, and not inherited by other programs") {
  FilesUnderTest files(4);
  const mode_t umask_before = umask(022);
  REQUIRE(succeeds(files.create(1)));
  umask(umask_before);
  struct stat status;
  REQUIRE(stat((files.directory / "0").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0644);
  {
    const DescriptorLease lease(files[0]);
    CHECK((fcntl(lease.fd(), F_GETFL) & (O_ACCMODE | O_APPEND)) == (O_WRONLY | O_APPEND));
    CHECK((fcntl(lease.fd(), F_GETFD) & FD_CLOEXEC) != 0);
  }
  CachedDescriptor second;
  const Error error = CachedDescriptor::create(files.cache, files.directory / "0", second);
  CHECK(error.code == tbx::ErrorCode::kIo);
  CHECK(error.sys_errno == EEXIST);
  CHECK(error.path == files.directory / "0");
}

TEST_CASE("ten files through two descriptors") {
  FilesUnderTest files(2);
  REQUIRE(succeeds(files.create(10)));
  CHECK(files.open().size() == 2);
  std::string expected;
  for (int round = 0; round < 50; ++round) {
    for (std::size_t file = 0; file < 10; ++file) {
      REQUIRE(succeeds(files.append(file, std::to_string(round) + " ")));
      REQUIRE(files.open().size() == 2);
    }
    expected += std::to_string(round) + " ";
  }
  for (std::size_t file = 0; file < 10; ++file) {
    CHECK(tbx_test::file_content(files.directory / std::to_string(file)) ==
          tbx_test::bytes_of(expected));
  }
}

TEST_CASE("the least recently used file is closed first") {
  FilesUnderTest files(3);
  REQUIRE(succeeds(files.create(3)));
  REQUIRE(succeeds(files.append(0, "again")));
  REQUIRE(succeeds(files.create(1)));
  CHECK(files.open() == Names{"0", "2", "3"});
  REQUIRE(succeeds(files.append(1, "again")));
  CHECK(files.open() == Names{"0", "1", "3"});
}

TEST_CASE("a leased descriptor stays open, however many there are") {
  FilesUnderTest files(2);
  REQUIRE(succeeds(files.create(5)));
  {
    const DescriptorLease first(files[0]), second(files[1]), third(files[2]), again(files[0]);
    CHECK(files.open() == Names{"0", "1", "2"});
    CHECK(first.fd() == again.fd());
    REQUIRE(succeeds(files.append(3, "x")));
    REQUIRE(succeeds(files.append(4, "x")));
    CHECK(files.open() == Names{"0", "1", "2", "4"});
  }
  REQUIRE(succeeds(files.append(3, "x")));
  CHECK(files.open().size() == 2);
}

TEST_CASE("where the program may open no more, the cache gives its own back") {
  FilesUnderTest files(100);
  const tbx_test::ResourceLimit limit(RLIMIT_NOFILE, limit_for(4));
  REQUIRE(succeeds(files.create(10)));
  for (std::size_t file = 0; file < 10; ++file) REQUIRE(succeeds(files.append(file, "x")));

  // Unless all are in use.
  const DescriptorLease a(files[0]), b(files[1]), c(files[2]), d(files[3]);
  REQUIRE(succeeds(a.error()));
  REQUIRE(succeeds(d.error()));
  const Error error = files.append(4, "x");
  CHECK(error.sys_errno == EMFILE);
  CHECK(error.path == files.directory / "4");
}

TEST_CASE("a file is made again where the program may open no more") {
  FilesUnderTest files(100);
  REQUIRE(succeeds(files.create(1)));
  const tbx_test::ResourceLimit limit(RLIMIT_NOFILE, limit_for(0));
  std::filesystem::remove(files.directory / "0");
  REQUIRE(succeeds(files[0].reopen()));
  REQUIRE(succeeds(files.append(0, "x")));
  CHECK(std::filesystem::file_size(files.directory / "0") == 1);
}

TEST_CASE("a file that vanished while it was closed is an error, and is not made anew") {
  FilesUnderTest files(1);
  REQUIRE(succeeds(files.create(2)));
  std::filesystem::remove(files.directory / "0");
  const Error error = files.append(0, "x");
  CHECK(error.sys_errno == ENOENT);
  CHECK(error.path == files.directory / "0");
  CHECK(files.directory.names() == Names{"1"});
  REQUIRE(succeeds(files.append(1, "x")));
}

TEST_CASE("closing gives the descriptor back; a later use opens the file again") {
  FilesUnderTest files(4);
  REQUIRE(succeeds(files.create(2)));
  REQUIRE(succeeds(files.append(0, "a")));
  CHECK(succeeds(files.cache.close(files[0])));
  CHECK(files.open() == Names{"1"});
  CHECK(succeeds(files.cache.close(files[0])));
  REQUIRE(succeeds(files.append(0, "b")));
  CHECK(tbx_test::file_content(files.directory / "0") == tbx_test::bytes_of("ab"));
  files.destroy(0);
  files.destroy(1);
  CHECK(files.open().empty());
}

TEST_CASE("a descriptor in use is not closed under its user") {
  FilesUnderTest files(4);
  REQUIRE(succeeds(files.create(1)));
  {
    const DescriptorLease lease(files[0]);
    CHECK(succeeds(files.cache.close(files[0])));
    REQUIRE(::write(lease.fd(), "x", 1) == 1);
  }
  CHECK(tbx_test::file_content(files.directory / "0") == tbx_test::bytes_of("x"));
  CHECK(files.open().empty());  // closed when the lease ended
  REQUIRE(succeeds(files.append(0, "y")));
  CHECK(files.open() == Names{"0"});  // and not a second time
}

TEST_CASE("a child lets go of every descriptor, leased or not, and opens its own") {
  FilesUnderTest files(4);
  REQUIRE(succeeds(files.create(3)));
  const DescriptorLease of_a_thread_that_is_not_in_the_child(files[0]);
  files.cache.lock_for_fork();
  tbx_test::ChildProcess child([&] {
    files.cache.unlock_after_fork();
    files.cache.close_all_in_child();
    child_check(files.open().empty(), "all inherited descriptors are closed");
    child_check(!files.append(0, "x") && !files.append(1, "x"), "files are opened again");
    child_check(files.open() == Names{"0", "1"}, "they are open");
    child_check(!files.cache.close(files[0]), "the once leased one closes");
    child_check(files.open() == Names{"1"}, "it is closed");
  });
  files.cache.unlock_after_fork();
  CHECK(child.wait());
  CHECK(files.open().size() == 3);
}

TEST_CASE("the process has one cache") {
  CHECK(&DescriptorCache::process_wide() == &DescriptorCache::process_wide());
}
