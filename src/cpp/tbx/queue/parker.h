// Puts threads to sleep until an epoch moves on. The only place that knows the operating system's
// wait primitive.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace tbx {

// An epoch counter that threads can sleep on, shared by any number of sleepers and wakers.
//
// Protocol, without lost wake-ups: a sleeper reads epoch(), announces itself in a flag of its
// owner, re-checks its condition, then calls park() with the epoch it read. A waker makes the
// condition true, looks at the flag, and calls unpark_all(). If unpark_all() ran after the
// sleeper's epoch() the kernel sees a changed word and park() returns at once.
class Parker {
 public:
  std::uint32_t epoch() const noexcept {
    // acquire: what the waker wrote before unpark_all() is visible once its epoch is. Pairs with
    // unpark_all().
    return epoch_.load(std::memory_order_acquire);
  }

  // Sleeps until the epoch differs from `seen`, until `timeout` has passed, or spuriously. Callers
  // loop.
  void park(std::uint32_t seen, std::chrono::nanoseconds timeout) noexcept;

  // Moves the epoch on and wakes every sleeper: one system call.
  void unpark_all() noexcept;

 private:
  std::atomic<std::uint32_t> epoch_{0};
  static_assert(std::atomic<std::uint32_t>::is_always_lock_free);
  static_assert(sizeof(std::atomic<std::uint32_t>) == 4, "a futex is a 32-bit word");
};

}  // namespace tbx
