// Files under every misfortune that can be had without special hardware, and two processes on one.
#include "tbx/sink/file_sink.h"

#include <doctest/doctest.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "support/child_process.h"
#include "support/open_files.h"
#include "support/resource_limit.h"
#include "support/temp_directory.h"
#include "support/test_bytes.h"
#include "tbx/sink/descriptor_cache.h"

using tbx::AppendOutcome;
using tbx::Error;
using tbx::FileSink;
using tbx_test::bytes_of;
using tbx_test::child_check;
using tbx_test::ChildProcess;
using tbx_test::file_content;
using tbx_test::random_bytes;
using tbx_test::TempDirectory;

namespace {

struct SinkUnderTest {
  SinkUnderTest() { REQUIRE(!FileSink::create(directory / "file", sink)); }

  std::string path() const { return directory / "file"; }
  bool append(const std::string& text) {
    const AppendOutcome outcome = sink->append(bytes_of(text));
    return !outcome.error && outcome.written == text.size();
  }
  bool holds(const std::string& text) const { return file_content(path()) == bytes_of(text); }

  TempDirectory directory;
  std::unique_ptr<FileSink> sink;
};

// As the handlers around fork do it for the whole process.
template <typename Body>
std::unique_ptr<ChildProcess> fork_child(SinkUnderTest& test, Body body) {
  tbx::DescriptorCache& cache = tbx::DescriptorCache::process_wide();
  cache.lock_for_fork();
  auto child = std::make_unique<ChildProcess>([&] {
    cache.unlock_after_fork();
    cache.close_all_in_child();
    test.sink->reset_in_child();
    body();
  });
  cache.unlock_after_fork();
  return child;
}

// Tells one byte from one process to the other.
class Signal {
 public:
  Signal() { REQUIRE(pipe(ends_) == 0); }
  ~Signal() {
    close(ends_[0]);
    close(ends_[1]);
  }
  void send() const { child_check(write(ends_[1], "x", 1) == 1, "the signal is sent"); }
  bool arrives_within(int ms) const {
    pollfd readable{ends_[0], POLLIN, 0};
    char byte;
    return poll(&readable, 1, ms) == 1 && read(ends_[0], &byte, 1) == 1;
  }

 private:
  int ends_[2];
};

}  // namespace

TEST_CASE("a sink creates its file, and no other's") {
  SinkUnderTest test;
  CHECK(test.sink->path() == test.path());
  CHECK(test.holds(""));
  std::unique_ptr<FileSink> second;
  const Error error = FileSink::create(test.path(), second);
  CHECK(error.sys_errno == EEXIST);
  CHECK(error.path == test.path());
  CHECK(second == nullptr);
  CHECK(FileSink::create(test.directory / "none/file", second).sys_errno == ENOENT);
}

TEST_CASE("bytes go to the end, and can be taken away from there") {
  SinkUnderTest test;
  CHECK(test.append("one two"));
  CHECK(!test.sink->truncate(3));
  CHECK(test.holds("one"));
  CHECK(test.append(" three"));
  CHECK(test.append(""));
  CHECK(test.holds("one three"));
  std::uint64_t size = 0;
  CHECK(!test.sink->size(size));
  CHECK(size == 9);
  tbx_test::Bytes read(6);
  std::size_t count = 0;
  CHECK(!test.sink->read(4, read, count));
  CHECK(count == 5);
  CHECK(std::ranges::equal(std::span(read).first(count), bytes_of("three")));
  CHECK(!test.sink->read(9, read, count));
  CHECK(count == 0);
  CHECK(!test.sink->truncate(9));
  CHECK(test.holds("one three"));
  CHECK(!test.sink->truncate(0));
  CHECK(test.holds(""));
  CHECK(test.append("four"));
  CHECK(test.holds("four"));
  CHECK(!test.sink->sync());
  CHECK(!test.sink->close());
}

TEST_CASE("a closed sink opens its file again when it is needed") {
  SinkUnderTest test;
  CHECK(test.append("one"));
  CHECK(!test.sink->close());
  CHECK(tbx_test::open_files_in(test.directory.path()).empty());
  CHECK(test.append(" two"));
  CHECK(!test.sink->close());
  CHECK(!test.sink->sync());
  CHECK(!test.sink->close());
  CHECK(!test.sink->truncate(6));
  CHECK(test.holds("one tw"));
  test.sink.reset();
  CHECK(tbx_test::open_files_in(test.directory.path()).empty());
}

TEST_CASE("every call says which file vanished") {
  SinkUnderTest test;
  REQUIRE(!test.sink->close());
  std::filesystem::remove(test.path());
  const AppendOutcome outcome = test.sink->append(bytes_of("x"));
  CHECK(outcome.written == 0);
  std::uint64_t size;
  for (const Error& error : {outcome.error, test.sink->truncate(1), test.sink->size(size),
                             test.sink->sync(), test.sink->lock()}) {
    CHECK(error.sys_errno == ENOENT);
    CHECK(error.path == test.path());
  }
  test.sink->unlock();  // of what could not be locked
}

TEST_CASE("where the file may not grow, what fitted is there and is told") {
  for (const std::size_t room : {0u, 1u, 99u, 100u, 101u, 250u}) {
    CAPTURE(room);
    SinkUnderTest test;
    const auto bytes = random_bytes(250);
    REQUIRE(!test.sink->append(std::span(bytes).first(0)).error);
    const tbx_test::FileSizeLimit limit(room);
    const AppendOutcome outcome = test.sink->append(bytes);
    CHECK(outcome.written == room);
    CHECK(outcome.error.sys_errno == (room == 250 ? 0 : EFBIG));
    CHECK(std::ranges::equal(file_content(test.path()), std::span(bytes).first(room)));
    CHECK(!test.sink->truncate(room - room / 2));  // works on a full disk as well
    CHECK(file_content(test.path()).size() == room - room / 2);
  }
}

TEST_CASE("a full device") {
  SinkUnderTest test;
  REQUIRE(!test.sink->close());
  std::filesystem::remove(test.path());
  std::filesystem::create_symlink("/dev/full", test.path());
  const AppendOutcome outcome = test.sink->append(bytes_of("x"));
  CHECK(outcome.written == 0);
  CHECK(outcome.error.sys_errno == ENOSPC);
  CHECK(outcome.error.path == test.path());
  CHECK(!test.sink->sync());  // a device without storage has nothing to synchronise
  CHECK(test.sink->truncate(0).sys_errno == EINVAL);
}

TEST_CASE("a file that there is can be opened to go on") {
  SinkUnderTest test;
  CHECK(test.append("one"));
  std::unique_ptr<FileSink> second;
  REQUIRE(!FileSink::open_existing(test.path(), second));
  CHECK(second->path() == test.path());
  CHECK(!second->lock());
  CHECK(second->append(bytes_of(" two")).written == 4);
  second->unlock();
  CHECK(test.append(" three"));
  CHECK(test.holds("one two three"));
  std::unique_ptr<FileSink> none;
  CHECK(FileSink::open_existing(test.directory / "none", none).sys_errno == ENOENT);
  CHECK(none == nullptr);
}

TEST_CASE("a lock that somebody keeps is not waited for without end") {
  SinkUnderTest test;
  std::unique_ptr<FileSink> other;
  REQUIRE(!FileSink::open_existing(test.path(), other));
  REQUIRE(!test.sink->lock());
  CHECK(other->lock().sys_errno == ETIMEDOUT);
  test.sink->unlock();
  CHECK(!other->lock());
  other->unlock();
}

TEST_CASE("the file is locked against the other process, and stays so when closed") {
  SinkUnderTest test;
  Signal started, locked;
  REQUIRE(!test.sink->lock());
  CHECK(test.append("one"));
  const auto child = fork_child(test, [&] {
    started.send();
    child_check(!test.sink->lock(), "the lock is had");
    locked.send();
    child_check(test.append("three"), "the child appends");
    test.sink->unlock();
  });
  REQUIRE(started.arrives_within(20'000));
  CHECK(!locked.arrives_within(50));
  CHECK(!test.sink->close());  // would drop the lock if it closed the descriptor
  CHECK(!locked.arrives_within(50));
  CHECK(test.append("two"));
  test.sink->unlock();
  CHECK(locked.arrives_within(20'000));
  CHECK(child->wait());
  CHECK(test.holds("onetwothree"));
}

TEST_CASE("two processes append pieces without mixing them") {
  SinkUnderTest test;
  constexpr int kRounds = 300;
  const auto append_pairs = [&](const std::string& first, const std::string& second) {
    for (int i = 0; i < kRounds; ++i) {
      if (test.sink->lock()) return false;
      if (!test.append(first) || !test.append(second)) return false;
      test.sink->unlock();
    }
    return true;
  };
  const auto child =
      fork_child(test, [&] { child_check(append_pairs("c", "d"), "the child appends"); });
  CHECK(append_pairs("a", "b"));
  CHECK(child->wait());
  const auto content = file_content(test.path());
  REQUIRE(content.size() == 4 * kRounds);
  for (std::size_t i = 0; i < content.size(); i += 2) {
    const char first = static_cast<char>(content[i]), second = static_cast<char>(content[i + 1]);
    const bool is_pair = (first == 'a' && second == 'b') || (first == 'c' && second == 'd');
    REQUIRE(is_pair);
  }
}

TEST_CASE("a child forked while the file was locked has a lock of its own, and can close") {
  SinkUnderTest test;
  REQUIRE(!test.sink->lock());
  const auto child = fork_child(test, [&] {
    for (int i = 0; i < 2; ++i) {
      child_check(!test.sink->lock(), "the child locks");
      child_check(test.append("c"), "the child appends");
      test.sink->unlock();
    }
    child_check(!test.sink->close(), "the child closes");
    child_check(tbx_test::open_files_in(test.directory.path()).empty(), "it is closed");
  });
  CHECK(test.append("p"));
  test.sink->unlock();
  CHECK(child->wait());
  CHECK(test.holds("pcc"));
}

TEST_CASE("a file may be synced while it is appended to and closed") {
  SinkUnderTest test;
  std::atomic<bool> done{false};
  std::atomic<int> failures{0};
  std::jthread syncing([&] {
    while (!done) failures += test.sink->sync() ? 1 : 0;
  });
  std::string expected;
  for (int i = 0; i < 500; ++i) {
    REQUIRE(test.append("x"));
    if (i % 2 == 0) REQUIRE(!test.sink->close());
    expected += "x";
  }
  done = true;
  syncing.join();
  CHECK(failures == 0);
  CHECK(test.holds(expected));
}

TEST_CASE("a file size limit is an error, not the end of the program") {
  const SinkUnderTest test;
  ChildProcess child([&] {
    const tbx_test::ResourceLimit limit(RLIMIT_FSIZE, 10);
    child_check(signal(SIGXFSZ, SIG_DFL) != SIG_ERR, "the default is to end");
    const AppendOutcome outcome = test.sink->append(random_bytes(30));
    child_check(outcome.written == 10 && outcome.error.sys_errno == EFBIG, "written as far as");
    child_check(test.sink->append(random_bytes(1)).error.sys_errno == EFBIG, "and no further");
    sigset_t blocked;
    sigset_t pending;
    pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    sigpending(&pending);
    child_check(sigismember(&blocked, SIGXFSZ) == 0, "the mask is as it was");
    child_check(sigismember(&pending, SIGXFSZ) == 0, "nothing waits");
  });
  CHECK(child.wait());
}

TEST_CASE("a file that is no longer at its path is told, also when its descriptor was closed") {
  SinkUnderTest test;
  std::vector<std::unique_ptr<FileSink>> others(300);  // more than the cache keeps open
  for (const bool is_evicted : {false, true}) {
    CAPTURE(is_evicted);
    REQUIRE(test.append("old"));
    std::filesystem::rename(test.path(), test.directory / "moved");
    if (is_evicted) {
      for (std::size_t i = 0; i < others.size(); ++i) {
        REQUIRE(!FileSink::create(test.directory / std::to_string(i), others[i]));
      }
    }
    std::uint64_t size = 0;
    CHECK(test.sink->size(size).sys_errno == (is_evicted ? ENOENT : ESTALE));
    std::filesystem::copy(test.directory / "moved", test.path());
    CHECK(test.sink->size(size).sys_errno == ESTALE);
    REQUIRE(!test.sink->reopen());
    CHECK(!test.sink->size(size));
    CHECK(size == std::filesystem::file_size(test.path()));
    REQUIRE(test.append("new"));
    CHECK(file_content(test.path()).size() == size + 3);
  }
}
