// Forking while other threads run. gcc 12's AddressSanitizer leaves its locks in the child as they
// were at the fork: a thread that just then allocates, begins or ends holds some, and the child's
// own threads wait for it, though it is not there. Without the sanitizer, glibc sees to that.
#pragma once

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "support/drain_threads.h"
#include "support/waiting.h"

namespace tbx_test {

#ifdef __SANITIZE_ADDRESS__
inline constexpr bool kForkLeavesLocks = true;
#else
inline constexpr bool kForkLeavesLocks = false;
#endif

// For tests that fork while other threads are at work.
inline const auto kBesideThreads = doctest::skip(kForkLeavesLocks);

// Before all other forks: a drain that a test before this one needed may be about to end.
inline void let_threads_rest() {
  if (!kForkLeavesLocks) return;
  (void)eventually([] {
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
      const int id = std::stoi(task.path().filename().string());
      if (id != gettid() && !is_thread_at_rest(id)) return false;
    }
    return true;
  });
}

}  // namespace tbx_test
