// The public entry: whole-buffer CRCs, and what the environment says about the back end.
//
// CMakeLists.txt runs the environment's test once for each value of TBX_NATIVE_CRC32C that means
// something.
#include "tbx/crc/crc32c.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "support/test_bytes.h"
#include "tbx/crc/crc32c_backend.h"

TEST_CASE("crc32c is crc32c_extend from nothing") {
  CHECK(tbx::crc32c({}) == 0);
  CHECK(tbx::crc32c(tbx_test::bytes_of("123456789")) == 0xe3069283u);
  const tbx_test::Bytes bytes = tbx_test::random_bytes(3000);
  CHECK(tbx::crc32c(bytes) == tbx::crc32c_extend(0, bytes));
}

TEST_CASE("the environment's back end is obeyed, or complained about") {
  const auto backends = tbx::crc32c_backends();
  const auto fastest = std::find_if(backends.begin(), backends.end(),
                                    [](auto* backend) { return backend->usable(); });
  const char* variable = std::getenv("TBX_NATIVE_CRC32C");
  const std::string wish = variable == nullptr ? "" : variable;
  const auto wished = std::find_if(backends.begin(), backends.end(), [&](auto* backend) {
    return backend->name == wish && backend->usable();
  });
  CAPTURE(wish);

  const std::string problem(tbx::crc32c_backend_problem());
  if (wished != backends.end()) {
    CHECK(tbx::crc32c_backend() == wish);
    CHECK(problem == "");
  } else {
    CHECK(tbx::crc32c_backend() == (*fastest)->name);
    CHECK(problem.empty() == wish.empty());
    CHECK(problem.find(wish) != std::string::npos);
  }
  CHECK(tbx::crc32c(tbx_test::bytes_of("123456789")) == 0xe3069283u);
}
