// As long as the object lives, no thread can be started in this process.
#pragma once

#include <pthread.h>

#include <cstddef>
#include <stdexcept>

namespace tbx_test {

class NoMoreThreads {
 public:
  NoMoreThreads() {
    pthread_attr_t impossible;
    if (pthread_getattr_default_np(&before_) != 0 || pthread_attr_init(&impossible) != 0) {
      throw std::runtime_error("cannot read thread attributes");
    }
    // A stack of nearly the whole address space that a process has on x86-64.
    const int result = pthread_attr_setstacksize(&impossible, (std::size_t{1} << 47) - (1 << 16));
    if (result != 0 || pthread_setattr_default_np(&impossible) != 0) {
      throw std::runtime_error("cannot forbid threads");
    }
    pthread_attr_destroy(&impossible);
  }
  ~NoMoreThreads() {
    pthread_setattr_default_np(&before_);
    pthread_attr_destroy(&before_);
  }
  NoMoreThreads(const NoMoreThreads&) = delete;
  NoMoreThreads& operator=(const NoMoreThreads&) = delete;

 private:
  pthread_attr_t before_;
};

}  // namespace tbx_test
