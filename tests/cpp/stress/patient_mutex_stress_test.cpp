// The mutex under contention: one at a time, and nobody is forgotten.
#include <doctest/doctest.h>

#include <chrono>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "tbx/queue/patient_mutex.h"

using namespace std::chrono_literals;

TEST_CASE("what the mutex guards is changed by one at a time, and who waits is woken") {
  tbx::PatientMutex mutex;
  std::uint64_t guarded = 0;  // not atomic: ThreadSanitizer watches it
  std::atomic<std::uint64_t> entered{0}, impatient{0}, forgotten{0};
  {
    std::vector<std::jthread> threads;
    for (unsigned thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&, thread] {
        std::mt19937 random(thread);
        for (int i = 0; i < 20'000; ++i) {
          bool locked;
          switch (random() % 4) {
            case 0:
              locked = mutex.try_lock();
              break;
            case 1:
              locked = mutex.try_lock_for(std::chrono::microseconds(random() % 50));
              break;
            default:
              locked = mutex.try_lock_for(20s);
              forgotten += locked ? 0 : 1;
          }
          if (!locked) {
            ++impatient;
            continue;
          }
          ++guarded;
          ++entered;
          for (auto spin = random() % 200; spin != 0; --spin) {
            std::atomic_signal_fence(std::memory_order_seq_cst);
          }
          if (random() % 500 == 0) std::this_thread::yield();
          mutex.unlock();
        }
      });
    }
  }
  CHECK(guarded == entered);
  CHECK(guarded + impatient == 80'000);
  CHECK(forgotten == 0);
}
