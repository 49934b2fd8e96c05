// Both are done, by whichever thread, and what goes wrong in either is told.
#include "tbx/base/two_threads.h"

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>

#include "support/no_more_threads.h"

using tbx::do_both;

TEST_CASE("both are done, the second without signals") {
  int first = 0, second = 0;
  sigset_t mask;
  sigemptyset(&mask);
  const auto here = std::this_thread::get_id();
  std::thread::id there;
  do_both([&] { first = 1; },
          [&] {
            second = 2;
            there = std::this_thread::get_id();
            pthread_sigmask(SIG_SETMASK, nullptr, &mask);
          });
  CHECK(first == 1);
  CHECK(second == 2);
  if (std::thread::hardware_concurrency() > 1) {
    CHECK(there != here);
    CHECK(sigismember(&mask, SIGINT) == 1);
  }
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  CHECK(sigismember(&mask, SIGINT) == 0);
}

TEST_CASE("where no thread can be had one does both") {
  const tbx_test::NoMoreThreads no_more_threads;
  const auto here = std::this_thread::get_id();
  std::thread::id first, second;
  do_both([&] { first = std::this_thread::get_id(); },
          [&] { second = std::this_thread::get_id(); });
  CHECK(first == here);
  CHECK(second == here);
}

TEST_CASE("exceptions are told when both have ended") {
  std::atomic<int> ended{0};
  const auto end = [&] { ++ended; };
  const auto fail = [&] {
    ++ended;
    throw std::runtime_error("no");
  };
  CHECK_THROWS_AS(do_both(end, fail), std::runtime_error);
  CHECK(ended == 2);
  CHECK_THROWS_AS(do_both(fail, end), std::runtime_error);
  CHECK_THROWS_AS(do_both(fail, fail), std::runtime_error);
}
