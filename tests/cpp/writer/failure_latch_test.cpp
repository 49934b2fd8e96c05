// What is reported once, what again, and what not.
#include "tbx/writer/failure_latch.h"

#include <doctest/doctest.h>

#include <cerrno>

#include "support/child_process.h"

using tbx::Error;
using tbx::FailureLatch;
using tbx_test::child_check;

namespace {

Error failure(int sys_errno) { return Error::io(sys_errno, "cannot write", "/file"); }

}  // namespace

TEST_CASE("nothing is set at first") {
  FailureLatch latch;
  CHECK(!latch.is_set());
  CHECK(!latch.take());
  CHECK(latch.count() == 0);
}

TEST_CASE("a failure is taken once") {
  FailureLatch latch;
  latch.latch(failure(ENOSPC));
  CHECK(latch.is_set());
  const Error error = latch.take();
  CHECK(error.sys_errno == ENOSPC);
  CHECK(error.path == "/file");
  CHECK(!latch.is_set());
  CHECK(!latch.take());
}

TEST_CASE("the first of several failures is kept until it is taken") {
  FailureLatch latch;
  latch.latch(failure(ENOSPC));
  latch.latch(failure(EIO));
  CHECK(latch.take().sys_errno == ENOSPC);
  CHECK(!latch.is_set());
  CHECK(latch.count() == 2);
}

TEST_CASE("a report that somebody else asks for is no failure, and hides none") {
  FailureLatch latch;
  latch.ask_for_report();
  CHECK(latch.is_set());
  CHECK(latch.count() == 0);
  latch.latch(failure(ENOSPC));
  CHECK(latch.take().sys_errno == ENOSPC);
  CHECK(!latch.is_set());
  latch.ask_for_report();
  CHECK(!latch.take());
  CHECK(!latch.is_set());
}

TEST_CASE("a failure that goes on is counted, and reported once") {
  FailureLatch latch;
  for (int i = 0; i < 5; ++i) {
    latch.latch(failure(ENOSPC));
    CHECK(latch.is_set() == (i == 0));
    (void)latch.take();
  }
  CHECK(latch.count() == 5);
  latch.latch(failure(EIO));  // another cause
  CHECK(latch.take().sys_errno == EIO);
}

TEST_CASE("after a recovery the same failure is news") {
  FailureLatch latch;
  latch.latch(failure(ENOSPC));
  (void)latch.take();
  latch.recovered();
  CHECK(!latch.is_set());
  latch.latch(failure(ENOSPC));
  CHECK(latch.take().sys_errno == ENOSPC);
}

TEST_CASE("a failure without an errno is reported, too, and once") {
  FailureLatch latch;
  const Error error = Error::invalid_argument("the remote store says no");
  latch.latch(error);
  CHECK(latch.is_set());
  CHECK(latch.take().message == error.message);
  latch.latch(error);
  CHECK(!latch.is_set());
  latch.recovered();
  latch.latch(error);
  CHECK(latch.is_set());
}

TEST_CASE("a child has none of its parent's failures") {
  FailureLatch latch;
  latch.latch(failure(ENOSPC));
  tbx_test::ChildProcess child([&] {
    latch.reset_in_child();
    child_check(!latch.is_set() && !latch.take(), "nothing is set");
    child_check(latch.count() == 0, "nothing is counted");
    latch.latch(failure(ENOSPC));
    child_check(latch.take().sys_errno == ENOSPC, "the same failure is news");
  });
  CHECK(child.wait());
  CHECK(latch.is_set());
}
