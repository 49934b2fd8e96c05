// A call that may hang, as write(2) and fdatasync(2) do beside a device that hangs, and a caller
// that does not wait for it for ever.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

#include "tbx/base/clock.h"
#include "tbx/base/two_threads.h"
#include "tbx/queue/parker.h"

namespace tbx {

class PatientCall {
 public:
  // Begins `call()`, which must not throw, in another thread: it may go on after all who wait have
  // given up, and owns what it uses. In this thread where no other is to be had.
  template <typename Call>
  explicit PatientCall(Call call) {
    const std::shared_ptr<State> state = state_;
    try {
      const WithoutSignals without_signals;
      std::thread([state, call] {
        call();
        state->end();
      }).detach();
    } catch (const std::system_error&) {
      call();
      state->end();
    }
  }

  // False where that has not come to its end within `patience`.
  bool has_returned(std::chrono::nanoseconds patience) const noexcept {
    const std::int64_t end = monotonic_ns() + patience.count();
    for (;;) {
      const std::uint32_t seen = state_->ended.epoch();
      // acquire: what the call has done is visible. Pairs with the store in end().
      if (state_->has_ended.load(std::memory_order_acquire)) return true;
      const std::int64_t now = monotonic_ns();
      if (now >= end) return false;
      state_->ended.park(seen, std::chrono::nanoseconds(end - now));
    }
  }

 private:
  struct State {
    std::atomic<bool> has_ended{false};
    Parker ended;

    void end() noexcept {
      has_ended.store(true, std::memory_order_release);  // pairs with the load in has_returned()
      ended.unpark_all();
    }
  };

  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace tbx
