// Keeps the first failure of the drain until somebody who can report it asks.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "tbx/base/error.h"
#include "tbx/queue/patient_mutex.h"

namespace tbx {

// The drain must not throw and must not hide: it latches. A producer looks at is_set(), one relaxed
// load, and takes the failure to report it.
class FailureLatch {
 public:
  bool is_set() const noexcept { return set_.load(std::memory_order_relaxed); }

  void latch(const Error& error) {
    count_.fetch_add(1, std::memory_order_relaxed);
    std::lock_guard lock(mutex_);
    // One report per cause: a disk that stays full fails again at every retry.
    if (error.sys_errno == last_errno_) return;
    if (!error_) error_ = error;
    last_errno_ = error.sys_errno;
    set_.store(true, std::memory_order_relaxed);
  }

  // What somebody should hear of although it is over, and no failure goes on.
  void tell(const Error& error) {
    count_.fetch_add(1, std::memory_order_relaxed);
    std::lock_guard lock(mutex_);
    if (!error_) error_ = error;
    set_.store(true, std::memory_order_relaxed);
  }

  // Somebody else has a failure to report: a producer is to come by, and may find none here.
  void ask_for_report() noexcept { set_.store(true, std::memory_order_relaxed); }

  // The drain succeeded again: the next failure is news.
  void recovered() {
    std::lock_guard lock(mutex_);
    last_errno_.reset();
  }

  Error take() {
    std::lock_guard lock(mutex_);
    set_.store(false, std::memory_order_relaxed);
    return std::exchange(error_, Error{});
  }

  // In a forked child: the parent's failures are the parent's.
  void reset_in_child() {
    mutex_.reset_in_child();  // a thread that is not in this process may have held it
    set_.store(false, std::memory_order_relaxed);
    count_.store(0, std::memory_order_relaxed);
    // Over the old one, which that thread may have left half changed: no destructor may see it.
    std::construct_at(&error_);
    last_errno_.reset();
  }

  // Failed attempts, retries included.
  std::uint64_t count() const noexcept { return count_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> set_{false};  // relaxed: the mutex orders the error itself
  std::atomic<std::uint64_t> count_{0};
  PatientMutex mutex_;
  Error error_;
  std::optional<int> last_errno_;  // of the failure that goes on
};

}  // namespace tbx
