#include "tbx/queue/parker.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <climits>

namespace tbx {
namespace {

long futex(std::atomic<std::uint32_t>* word, int operation, std::uint32_t value,
           const timespec* timeout) {
  // The process-private form: every sleeper on a Parker is a thread of the process that owns it.
  return syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value, timeout, nullptr, 0);
}

}  // namespace

void Parker::park(std::uint32_t seen, std::chrono::nanoseconds timeout) noexcept {
  if (timeout <= std::chrono::nanoseconds::zero()) return;
  // A relative time-out of more than a day only risks overflow in the kernel's arithmetic; callers
  // loop anyway.
  const auto bounded = std::min<std::chrono::nanoseconds>(timeout, std::chrono::hours(24));
  const auto secs = std::chrono::duration_cast<std::chrono::seconds>(bounded);
  timespec relative;
  relative.tv_sec = static_cast<time_t>(secs.count());
  relative.tv_nsec = static_cast<long>((bounded - secs).count());
  // EAGAIN (the epoch moved), ETIMEDOUT and EINTR are all just reasons to look again.
  futex(&epoch_, FUTEX_WAIT, seen, &relative);
}

void Parker::unpark_all() noexcept {
  // release: publishes what made the condition true; pairs with the acquire in epoch().
  epoch_.fetch_add(1, std::memory_order_release);
  futex(&epoch_, FUTEX_WAKE, INT_MAX, nullptr);
}

}  // namespace tbx
