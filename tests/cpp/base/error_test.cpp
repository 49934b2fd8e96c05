#include "tbx/base/error.h"

#include <doctest/doctest.h>

#include <cerrno>

TEST_CASE("success is falsy, failure carries errno, path and the system's words") {
  CHECK_FALSE(static_cast<bool>(tbx::Error{}));
  const tbx::Error error = tbx::Error::io(ENOSPC, "write", "/a/file");
  CHECK(static_cast<bool>(error));
  CHECK(error.sys_errno == ENOSPC);
  CHECK(error.path == "/a/file");
  CHECK(error.message == "write: No space left on device");
}

TEST_CASE("throw_if throws the error it was given, and only then") {
  CHECK_NOTHROW(tbx::throw_if(tbx::Error{}));
  try {
    tbx::throw_if(tbx::Error::invalid_argument("step 2**63"));
    FAIL("did not throw");
  } catch (const tbx::ErrorException& e) {
    CHECK(e.error().code == tbx::ErrorCode::kInvalidArgument);
    CHECK(std::string(e.what()) == "step 2**63");
  }
}
