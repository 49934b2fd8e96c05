// For tests that fork while other threads allocate. gcc 12's AddressSanitizer leaves the locks of
// its allocator as they were at the fork: now and then a child waits for a thread that it does not
// have.
#pragma once

#include <doctest/doctest.h>

namespace tbx_test {

#ifdef __SANITIZE_ADDRESS__
inline const auto kBesideThreads = doctest::skip();
#else
inline const auto kBesideThreads = doctest::skip(false);
#endif

}  // namespace tbx_test
