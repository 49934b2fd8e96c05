// How producers wake the drain: at most one system call per idle period, none while data flows.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "tbx/base/cache_line.h"
#include "tbx/queue/parker.h"

namespace tbx {

// Owned by the drain, rung by producers.
//
// While data flows the drain naps between passes and nobody rings: it comes back by itself. Only
// after a quiet while does it fall asleep, and then the first event rings. A producer cannot miss a
// sleeping drain: it moves the ring's tail, then reads state_; the drain writes state_, then reads
// every ring's tail (in fall_asleep's `nothing_to_do`). All four are seq_cst, so at least one of
// the two sees the other.
class alignas(kCacheLineBytes) Doorbell {
 public:
  // `start_drain` runs on the thread of the first event while there is no drain.
  explicit Doorbell(void (*start_drain)()) : start_drain_(start_drain) {}

  // After an event was committed. One load while the drain is awake.
  void ring_if_asleep() noexcept {
    // seq_cst: partner of rest(), see the class comment.
    const State state = state_.load(std::memory_order_seq_cst);
    if (state >= State::kAsleep) wake(state);
  }

  // When the ring has filled by a good part, so that a burst need not wait for the end of a nap.
  void ring_if_resting() noexcept {
    const State state =
        state_.load(std::memory_order_relaxed);  // a stale answer costs one nap at most
    if (state != State::kAwake) wake(state);
  }

  // Whatever the drain does: something other than an event needs it, if it exists.
  void ring() noexcept { parker_.unpark_all(); }

  // Drain only: rests for `time`, or until rung.
  void nap(std::chrono::nanoseconds time) noexcept {
    rest(State::kNapping, time, [] { return true; });
  }

  // Drain only: sleeps until rung or until `limit` has passed, unless `nothing_to_do()` answers
  // false.
  template <typename Predicate>
  void fall_asleep(std::chrono::nanoseconds limit, Predicate nothing_to_do) noexcept {
    rest(State::kAsleep, limit, nothing_to_do);
  }

  // Drain only: the thread is about to end, or did not survive a fork.
  void set_absent() noexcept {
    // seq_cst: partner of ring_if_asleep(), see the class comment; whoever ends the thread looks at
    // the tails later.
    state_.store(State::kAbsent, std::memory_order_seq_cst);
  }

 private:
  enum class State : std::uint32_t { kAwake, kNapping, kAsleep, kAbsent };

  template <typename Predicate>
  void rest(State state, std::chrono::nanoseconds time, Predicate confirmed) noexcept {
    const std::uint32_t seen = parker_.epoch();
    // seq_cst: partner of ring_if_asleep(), see the class comment.
    state_.store(state, std::memory_order_seq_cst);
    if (confirmed()) parker_.park(seen, time);
    state_.store(State::kAwake, std::memory_order_relaxed);
  }

  [[gnu::noinline]] void wake(State state) noexcept {
    // Only the producer that flips the state acts: without this every event between the ring and
    // the drain's first instruction would make a system call too.
    if (!state_.compare_exchange_strong(state, State::kAwake, std::memory_order_relaxed)) return;
    if (state == State::kAbsent) {
      start_drain_();
    } else {
      parker_.unpark_all();
    }
  }

  void (*const start_drain_)();
  std::atomic<State> state_{State::kAbsent};
  Parker parker_;
};

}  // namespace tbx
