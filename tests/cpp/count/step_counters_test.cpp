// Each number is given once, whoever counts; what killed processes leave is no hindrance.
#include "tbx/count/step_counters.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "support/child_process.h"
#include "support/temp_directory.h"

using tbx::StepCounters;
using tbx_test::child_check;
using tbx_test::ChildProcess;
using tbx_test::TempDirectory;

namespace {

constexpr std::uint64_t kBegin = 16;

struct CountersFile {
  std::unique_ptr<StepCounters> open() const {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    REQUIRE(fd >= 0);
    return std::make_unique<StepCounters>(fd, kBegin);
  }
  void write(const std::string& content) const {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    REQUIRE(pwrite(fd, content.data(), content.size(), 0) == static_cast<ssize_t>(content.size()));
    close(fd);
  }

  TempDirectory directory;
  std::string path = directory / "counters";
};

std::uint64_t take(StepCounters& counters, const std::string& key) {
  tbx::Error error = counters.lock();
  while (error.sys_errno == EINTR) error = counters.lock();
  child_check(!error, "it is locked");
  std::uint64_t number = 0;
  child_check(!counters.take(key, number), "a number is taken");
  counters.unlock();
  return number;
}

}  // namespace

TEST_CASE("each key counts from 0") {
  const CountersFile file;
  const auto counters = file.open();
  for (std::uint64_t number = 0; number < 3; ++number) {
    CHECK(take(*counters, "a") == number);
    CHECK(take(*counters, "") == number);
    CHECK(take(*counters, std::string(5000, 'x')) == number);
  }
}

TEST_CASE("another object goes on where the first is, also with keys it has not seen") {
  const CountersFile file;
  const auto first = file.open();
  CHECK(take(*first, "a") == 0);
  const auto second = file.open();
  CHECK(take(*second, "b") == 0);
  CHECK(take(*second, "a") == 1);
  CHECK(take(*first, "b") == 1);
  CHECK(take(*first, "a") == 2);
}

TEST_CASE("processes are given each number once") {
  constexpr std::uint64_t kEach = 500;
  const CountersFile file;
  const auto counters = file.open();
  int pipes[2];
  REQUIRE(pipe(pipes) == 0);
  {
    std::vector<std::unique_ptr<ChildProcess>> children;
    for (int i = 0; i < 4; ++i) {
      children.push_back(std::make_unique<ChildProcess>([&] {
        for (std::uint64_t j = 0; j < kEach; ++j) {
          const std::uint64_t number = take(*counters, "shared");
          child_check(write(pipes[1], &number, sizeof number) == sizeof number, "it is told");
          if (j % 50 == 0) take(*counters, "now and then " + std::to_string(j));
        }
      }));
    }
    std::vector<std::uint64_t> wanted(4 * kEach);
    std::iota(wanted.begin(), wanted.end(), 0);
    std::vector<bool> given(wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      std::uint64_t number = 0;
      REQUIRE(read(pipes[0], &number, sizeof number) == sizeof number);
      REQUIRE(number < given.size());
      REQUIRE(!given[number]);
      given[number] = true;
    }
    for (const auto& child : children) REQUIRE(child->wait());
  }
  CHECK(take(*counters, "shared") == 4 * kEach);
  CHECK(take(*counters, "now and then 0") == 4);
  close(pipes[0]);
  close(pipes[1]);
}

TEST_CASE("a counter that a killed process has begun is written over") {
  const auto whole = [](const std::string& key) {
    return std::string(8, '\0') + static_cast<char>(key.size()) + std::string(7, '\0') + key;
  };
  const std::string sound = std::string(kBegin, 't') + whole("a");
  for (std::size_t torn = 0; torn < whole("long key").size(); ++torn) {
    CAPTURE(torn);
    const CountersFile file;
    file.write(sound + whole("long key").substr(0, torn));
    const auto counters = file.open();
    CHECK(take(*counters, "b") == 0);
    CHECK(take(*counters, "a") == 0);
    CHECK(take(*file.open(), "b") == 1);
  }
}

TEST_CASE("a lock that another process has is told of") {
  const CountersFile file;
  const auto counters = file.open();
  int pipes[2];
  REQUIRE(pipe(pipes) == 0);
  char byte = 0;
  {
    ChildProcess child([&] {
      child_check(!counters->lock(), "it is locked");
      child_check(write(pipes[1], &byte, 1) == 1, "it is told");
      pause();
    });
    REQUIRE(read(pipes[0], &byte, 1) == 1);
    const tbx::Error error = counters->try_lock();
    CHECK((error.sys_errno == EAGAIN || error.sys_errno == EACCES));
    kill(child.pid(), SIGKILL);
    CHECK(!child.wait());
  }
  CHECK(!counters->try_lock());  // it ended with its process
  close(pipes[0]);
  close(pipes[1]);
}

TEST_CASE("a file that can be read only is an error, and no number is given twice") {
  const CountersFile file;
  take(*file.open(), "a");
  StepCounters counters(::open(file.path.c_str(), O_RDONLY | O_CLOEXEC), kBegin);
  std::uint64_t number;
  CHECK(counters.take("a", number).sys_errno == EBADF);
  CHECK(counters.take("b", number).sys_errno != 0);
}
