// A mutex that can be waited for with a limit, and that a forked child can take back from a thread
// it does not have.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "tbx/base/clock.h"
#include "tbx/queue/parker.h"

namespace tbx {

// Why not std::timed_mutex: it waits in pthread_mutex_clocklock, which gcc 12's ThreadSanitizer
// does not know, so that no run under it would mean anything; and after a fork it could only be
// constructed anew over a locked one. Fits std::unique_lock; not recursive, not fair.
class PatientMutex {
 public:
  PatientMutex() = default;
  PatientMutex(const PatientMutex&) = delete;
  PatientMutex& operator=(const PatientMutex&) = delete;

  bool try_lock() noexcept {
    bool expected = false;
    // seq_cst where it fails: second half of "announce the wait, then look", see unlock(). Where it
    // succeeds the acquire in it pairs with the store in unlock().
    return locked_.compare_exchange_strong(expected, true, std::memory_order_seq_cst,
                                           std::memory_order_seq_cst);
  }

  bool try_lock_for(std::chrono::nanoseconds patience) noexcept {
    if (try_lock()) return true;
    const std::int64_t start = monotonic_ns();
    // seq_cst: partner of the load in unlock().
    waiting_.fetch_add(1, std::memory_order_seq_cst);
    bool locked;
    for (;;) {
      const std::uint32_t seen = released_.epoch();
      locked = try_lock();
      const std::chrono::nanoseconds waited(monotonic_ns() - start);
      if (locked || waited >= patience) break;
      released_.park(seen, patience - waited);
    }
    waiting_.fetch_sub(1, std::memory_order_relaxed);
    return locked;
  }

  void lock() noexcept {
    while (!try_lock_for(std::chrono::hours(1))) {
    }
  }

  void unlock() noexcept {
    // seq_cst: partner of the increment in try_lock_for(). Either this thread sees who waits, or
    // who waits sees the mutex free; otherwise both could miss each other.
    locked_.store(false, std::memory_order_seq_cst);
    if (waiting_.load(std::memory_order_seq_cst) != 0) released_.unpark_all();
  }

  // In a forked child: free, whoever held it.
  void reset_in_child() noexcept {
    locked_.store(false, std::memory_order_relaxed);
    waiting_.store(0, std::memory_order_relaxed);
  }

 private:
  std::atomic<bool> locked_{false};
  std::atomic<std::uint32_t> waiting_{0};
  Parker released_;
};

}  // namespace tbx
