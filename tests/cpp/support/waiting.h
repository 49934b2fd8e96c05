// Waiting for another thread, and measuring how long a wait took.
#pragma once

#include <chrono>
#include <thread>

namespace tbx_test {

class Stopwatch {
 public:
  double ms() const {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start_)
        .count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// Looks every millisecond whether `condition()` holds; false after `limit_ms` without.
template <typename Condition>
bool eventually(Condition condition, double limit_ms = 10'000) {
  const Stopwatch watch;
  while (!condition()) {
    if (watch.ms() > limit_ms) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace tbx_test
