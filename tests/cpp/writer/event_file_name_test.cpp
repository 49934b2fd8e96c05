// Names: their form, and that they sort in the order in which they were made.
#include "tbx/writer/event_file_name.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <ctime>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "support/beside_threads.h"
#include "support/child_process.h"

using tbx::FileStamp;
using tbx::FileStampSequence;
using tbx::next_event_file_name;

namespace {

std::string host() {
  std::array<char, 256> name{};
  REQUIRE(gethostname(name.data(), name.size() - 1) == 0);
  return tbx::host_for_name(name.data(), 255);
}

// Of decimal digits only.
long number(const std::string& digits) {
  REQUIRE(digits.find_first_not_of("0123456789") == std::string::npos);
  return std::stol(digits);
}

bool is_before(const FileStamp& a, const FileStamp& b) {
  return a.secs != b.secs ? a.secs < b.secs : a.uid < b.uid;
}

}  // namespace

TEST_CASE("a name says when, where and who") {
  const std::time_t before = std::time(nullptr);
  const std::string name = next_event_file_name(".suffix");
  const std::string start = "events.out.tfevents.";
  std::string middle = ".";
  middle.append(host()).append(1, '.').append(std::to_string(getpid())).append(1, '.');
  REQUIRE(name.size() == start.size() + 10 + middle.size() + 5 + 7);
  CHECK(name.starts_with(start));
  const std::time_t secs = number(name.substr(start.size(), 10));
  CHECK(secs >= before);
  CHECK(secs <= std::time(nullptr));
  CHECK(name.substr(start.size() + 10, middle.size()) == middle);
  const std::string uid = name.substr(start.size() + 10 + middle.size(), 5);
  CHECK(name.ends_with(uid + ".suffix"));
  CHECK(number(next_event_file_name("").substr(name.size() - 7 - 5, 5)) == number(uid) + 1);
}

TEST_CASE("names of one process sort in their order, for more of them than uid has digits") {
  std::string last = next_event_file_name("");
  const std::size_t length = last.size();
  for (int i = 0; i < 250'000; ++i) {
    std::string name = next_event_file_name("");
    REQUIRE(last < name);
    REQUIRE(name.size() == length);
    last = std::move(name);
  }
}

TEST_CASE("stamps grow whatever the clock does") {
  FileStampSequence sequence;
  FileStamp last = sequence.next(1'700'000'000);
  CHECK(last.secs == 1'700'000'000);
  CHECK(last.uid == 0);
  const auto check_next = [&](std::int64_t now) {
    const FileStamp stamp = sequence.next(now);
    REQUIRE(is_before(last, stamp));
    REQUIRE(stamp.uid < 100'000);
    REQUIRE(stamp.secs >= now);
    last = stamp;
  };
  check_next(1'700'000'005);
  CHECK(last.secs == 1'700'000'005);
  CHECK(last.uid == 1);  // the number of the file in its process
  check_next(1'600'000'000);
  CHECK(last.secs == 1'700'000'005);
  check_next(-5);
  for (int i = 0; i < 300'000; ++i) check_next(1'700'000'005 - i % 3);
  CHECK(last.secs == 1'700'000'008);  // three times beyond uid 99999
  check_next(1'800'000'000);
  CHECK(last.secs == 1'800'000'000);
}

TEST_CASE("threads get stamps of their own, each in growing order") {
  FileStampSequence sequence;
  constexpr std::size_t kEach = 30'000;
  std::vector<std::vector<FileStamp>> stamps(4);
  {
    std::vector<std::jthread> threads;
    for (auto& mine : stamps) {
      threads.emplace_back([&] {
        for (std::size_t i = 0; i < kEach; ++i) mine.push_back(sequence.next(1'700'000'000));
      });
    }
  }
  std::set<std::pair<std::int64_t, std::uint32_t>> all;
  for (const auto& mine : stamps) {
    for (std::size_t i = 0; i < kEach; ++i) {
      all.insert({mine[i].secs, mine[i].uid});
      if (i != 0) REQUIRE(is_before(mine[i - 1], mine[i]));
    }
  }
  CHECK(all.size() == 4 * kEach);
}

TEST_CASE("a child forked while another thread makes a name can make one" *
          tbx_test::kBesideThreads) {
  std::atomic<bool> done{false};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      while (!done) (void)next_event_file_name("");
    });
  }
  for (int i = 0; i < 50; ++i) {
    tbx_test::ChildProcess child([&] {
      alarm(10);  // it would hang
      const std::string name = next_event_file_name("");
      tbx_test::child_check(name.find(std::to_string(getpid())) != std::string::npos,
                            "the child's name has its own pid");
    });
    REQUIRE(child.wait());
  }
  done = true;
}

TEST_CASE("odd hosts make no odd names") {
  CHECK(tbx::host_for_name("node-7.rack_2.example", 255) == "node-7.rack_2.example");
  CHECK(tbx::host_for_name("../a b\n\xc3\xa9\\", 255) == ".._a_b____");
  CHECK(tbx::host_for_name(std::string(255, 'h'), 64) == std::string(64, 'h'));
  CHECK(tbx::host_for_name("host", 0).empty());
}

TEST_CASE("a long suffix shortens the host, so that a file can have the name") {
  const std::string suffix(255 - 20 - 11 - 2 - 7 - 6, 's');
  CHECK(next_event_file_name(suffix).size() <= 255);
  CHECK(next_event_file_name(suffix).ends_with(suffix));
}
