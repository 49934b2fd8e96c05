#include "tbx/writer/drain.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <optional>
#include <thread>
#include <utility>

#include "tbx/base/clock.h"
#include "tbx/base/two_threads.h"
#include "tbx/sink/descriptor_cache.h"
#include "tbx/writer/event_writer.h"

namespace tbx {
namespace {

using namespace std::chrono_literals;

// An event is in its file at most this long after it was appended, and a little for the pass
// itself; half of what is promised, because a busy machine wakes threads late.
constexpr auto kNap = 20ms;
// After this many naps without an event the drain sleeps until it is rung. A loop whose steps are
// shorter than kNap * kNapsBeforeSleep never pays for a system call.
constexpr int kNapsBeforeSleep = 15;
constexpr auto kLongestSleep = 1h;
// Batches per writer and round, so that one busy writer does not starve the others.
constexpr int kBatchesPerRound = 64;
// Rounds after which the thread ends when asked to, though somebody adds without pause.
constexpr int kRoundsWhenAsked = 3;
// How long the kernel takes to forget a thread, about.
constexpr auto kThreadEndPause = 20us;

}  // namespace

Drain& Drain::process_wide() {
  static auto& drain = *new Drain;  // outlives every static destructor
  return drain;
}

Drain::Drain() : doorbell_(&start_thread) {
  pthread_atfork(&before_fork, &after_fork_in_parent, &after_fork_in_child);
}

void Drain::add(const std::shared_ptr<EventWriter>& writer) {
  std::lock_guard lock(mutex_);
  writers_.push_back({writer.get(), writer});
}

void Drain::remove(const EventWriter* writer) {
  std::lock_guard lock(mutex_);
  // Never by a shared_ptr made here: were it the last one, the writer's destructor would come back
  // for the mutex.
  std::erase_if(writers_, [writer](const Member& member) {
    return member.identity == writer || member.writer.expired();
  });
  if (writers_.empty()) doorbell_.ring();
}

void Drain::start_thread() {
  Drain& drain = process_wide();
  std::lock_guard lock(drain.mutex_);
  if (std::exchange(drain.running_, true)) return;
  const WithoutSignals without_signals;
  try {
    std::thread thread([&drain] { drain.run(); });
    pthread_setname_np(thread.native_handle(), "tbx-drain");
    thread.detach();
  } catch (const std::exception&) {
    // No thread to be had. The program goes on: the next event tries again, and a flush needs none.
    drain.running_ = false;
    drain.doorbell_.set_absent();
  }
}

Drain::Writers Drain::living_writers() {
  std::lock_guard lock(mutex_);
  return living_writers_locked();
}

Drain::Writers Drain::living_writers_locked() const {
  Writers living;
  living.reserve(writers_.size());
  for (const auto& member : writers_) {
    if (auto writer = member.writer.lock()) living.push_back(std::move(writer));
  }
  return living;
}

bool Drain::end_thread_if_idle() {
  std::lock_guard lock(mutex_);
  if (!writers_.empty()) return false;
  end_thread_locked();
  return true;
}

void Drain::end_thread_locked() {
  running_ = false;
  ended_thread_ = gettid();
  doorbell_.set_absent();
  ended_.unpark_all();
}

void Drain::pause(std::chrono::nanoseconds patience) {
  const std::int64_t end = monotonic_ns() + patience.count();
  std::uint32_t seen;
  {
    std::lock_guard lock(mutex_);
    if (!running_) return;
    seen = ended_.epoch();
    pausing_.store(true, std::memory_order_relaxed);
  }
  doorbell_.ring();
  std::int64_t now;
  while (ended_.epoch() == seen && (now = monotonic_ns()) < end) {
    ended_.park(seen, std::chrono::nanoseconds(end - now));
  }
  pausing_.store(false, std::memory_order_relaxed);
  if (ended_.epoch() == seen) return;
  // The kernel counts a thread for a moment longer.
  std::unique_lock lock(mutex_);
  const pid_t thread = ended_thread_;
  lock.unlock();
  while (tgkill(getpid(), thread, 0) == 0 && monotonic_ns() < end) {
    std::this_thread::sleep_for(kThreadEndPause);
  }
}

void Drain::run() {
  int quiet_naps = 0;
  int rounds_when_asked = 0;
  for (;;) {
    Round round;
    try {
      round = run_round();
    } catch (const std::exception&) {
      // No memory even to say so. The thread must not end by it, nor the program.
      round.failed = true;
    }
    if (end_thread_if_idle()) return;
    if (pausing_.load(std::memory_order_relaxed)) {
      // Not before all is written, unless that lasts: then the fork starts another thread.
      if (!is_drained() && !round.failed && ++rounds_when_asked < kRoundsWhenAsked) continue;
      std::lock_guard lock(mutex_);
      end_thread_locked();
      return;
    }
    quiet_naps = round.moved ? 0 : quiet_naps + 1;
    if (round.failed || quiet_naps <= kNapsBeforeSleep) {
      doorbell_.nap(kNap);
      continue;
    }
    bool nothing_to_do = false;
    // Never shorter than a nap: a sync that fails is due again at once where flush_interval is 0.
    doorbell_.fall_asleep(
        std::max<std::chrono::nanoseconds>(round.next_sync.value_or(kLongestSleep), kNap),
        [&] { return nothing_to_do = is_drained(); });
    // Another thread's pass that hangs in write(2), or a producer that stopped before its commit,
    // may last: looking again at once would keep a processor busy.
    if (!nothing_to_do) doorbell_.nap(kNap);
  }
}

Drain::Round Drain::run_round() {
  Round round;
  for (const auto& writer : living_writers()) {
    EventWriter::PassResult result = EventWriter::PassResult::kMoved;
    for (int i = 0; i < kBatchesPerRound && result == EventWriter::PassResult::kMoved; ++i) {
      result = writer->pass();
      round.moved |= result == EventWriter::PassResult::kMoved;
    }
    round.failed |= result == EventWriter::PassResult::kFailed;
    const auto due = writer->sync_if_due();
    if (due && (!round.next_sync || *due < *round.next_sync)) round.next_sync = due;
  }
  return round;
}

bool Drain::is_drained() noexcept try {
  const Writers writers = living_writers();
  // Without writers there is something to do: the thread ends. Whoever removed the last one may
  // have rung before this rest began.
  return !writers.empty() && std::all_of(writers.begin(), writers.end(),
                                         [](const auto& writer) { return writer->is_drained(); });
} catch (const std::bad_alloc&) {
  return false;
}

// ---- fork: the child has the parent's memory but not its drain thread ----

void Drain::before_fork() {
  Drain& drain = process_wide();
  // No thread may be half-way through a change of what the child inherits. Only short critical
  // sections are waited for: a pass may hang in write(2), and fork must not.
  drain.mutex_.lock();
  drain.forking_ = drain.living_writers_locked();
  for (const auto& writer : drain.forking_) writer->lock_for_fork();
  DescriptorCache::process_wide().lock_for_fork();
}

void Drain::after_fork_in_parent() {
  Drain& drain = process_wide();
  DescriptorCache::process_wide().unlock_after_fork();
  for (const auto& writer : drain.forking_) writer->unlock_after_fork();
  // Let go of without the mutex: a writer's end needs it.
  const Writers writers = std::exchange(drain.forking_, {});
  drain.mutex_.unlock();
  // After a pause: whoever added something just before may have seen the thread at work.
  if (!std::ranges::all_of(writers, &EventWriter::is_drained)) drain.doorbell_.ring_if_asleep();
}

void Drain::after_fork_in_child() {
  Drain& drain = process_wide();
  DescriptorCache::process_wide().unlock_after_fork();
  DescriptorCache::process_wide().close_all_in_child();
  for (const auto& writer : drain.forking_) writer->unlock_after_fork();
  const Writers writers = std::exchange(drain.forking_, {});
  drain.running_ = false;
  drain.pausing_.store(false, std::memory_order_relaxed);
  drain.doorbell_.set_absent();
  drain.mutex_.unlock();
  for (const auto& writer : writers) writer->reset_in_child();
}

}  // namespace tbx
