// Threads of ours: without the program's signals, and where one is to be had.
#pragma once

#include <pthread.h>
#include <signal.h>

#include <exception>
#include <system_error>
#include <thread>

namespace tbx {

// Signals are the program's: a handler that Python runs in its main thread must not be delivered to
// a thread of ours. One that is started while the object lives gets none.
class WithoutSignals {
 public:
  WithoutSignals() noexcept {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~WithoutSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  WithoutSignals(const WithoutSignals&) = delete;
  WithoutSignals& operator=(const WithoutSignals&) = delete;

 private:
  sigset_t before_;
};

// Does both, `second` in another thread meanwhile, where there is a processor for it and a thread
// to be had. Starting and joining one takes 30 to 40 us. Throws what either throws, once both have
// ended.
template <typename First, typename Second>
void do_both(First first, Second second) {
  std::exception_ptr failure;
  std::thread other;
  if (std::thread::hardware_concurrency() > 1) {
    try {
      const WithoutSignals without_signals;
      other = std::thread([&]() noexcept {
        try {
          second();
        } catch (...) {
          failure = std::current_exception();
        }
      });
    } catch (const std::system_error&) {
      // Too many threads: one after the other, then.
    }
  }
  const bool has_other = other.joinable();
  std::exception_ptr own_failure;
  try {
    first();
    if (!has_other) second();
  } catch (...) {
    own_failure = std::current_exception();
  }
  if (has_other) other.join();
  if (own_failure) std::rethrow_exception(own_failure);
  if (failure) std::rethrow_exception(failure);
}

}  // namespace tbx
