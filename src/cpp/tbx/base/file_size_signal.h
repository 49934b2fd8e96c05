// Keeps the signal of a file size limit away from whoever writes.
#pragma once

#include <pthread.h>
#include <signal.h>
#include <time.h>

namespace tbx {

// Beyond RLIMIT_FSIZE a write fails with EFBIG, which we report, and the thread gets a SIGXFSZ,
// whose default is to end the program. For as long as the object lives it does not.
class WithoutFileSizeSignal {
 public:
  WithoutFileSizeSignal() noexcept {
    sigemptyset(&signal_);
    sigaddset(&signal_, SIGXFSZ);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGXFSZ) == 1;
    pthread_sigmask(SIG_BLOCK, &signal_, &before_);
  }
  ~WithoutFileSizeSignal() {
    constexpr timespec kNow{0, 0};
    // It is the thread's own: nobody else waits for it.
    if (!was_pending_) sigtimedwait(&signal_, nullptr, &kNow);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  WithoutFileSizeSignal(const WithoutFileSizeSignal&) = delete;
  WithoutFileSizeSignal& operator=(const WithoutFileSizeSignal&) = delete;

 private:
  sigset_t signal_;
  sigset_t before_;
  bool was_pending_;
};

}  // namespace tbx
