// The one background thread of the process: moves events from every writer's ring into its files.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "tbx/queue/doorbell.h"
#include "tbx/queue/parker.h"

namespace tbx {

class EventWriter;

// Lives from the first writer to the end of the process; its thread runs while there are writers.
class Drain {
 public:
  static Drain& process_wide();

  Doorbell& doorbell() noexcept { return doorbell_; }

  // The thread starts with the first event.
  void add(const std::shared_ptr<EventWriter>& writer);
  void remove(const EventWriter* writer);

  // Ends the thread before a fork, of which Python warns where there is more than one thread; what
  // is in the queues is written first. The next event starts it again, and so does the fork itself
  // if something was left. Gives up after `patience`, because a write may hang. Files that are due
  // for a sync to the device wait for the next event, or a flush.
  void pause(std::chrono::nanoseconds patience);

 private:
  Drain();

  using Writers = std::vector<std::shared_ptr<EventWriter>>;

  struct Round {
    bool moved = false;
    bool failed = false;
    std::optional<std::chrono::nanoseconds> next_sync;
  };

  static void start_thread();
  void run();
  Round run_round();
  Writers living_writers();
  Writers living_writers_locked() const;
  bool end_thread_if_idle();
  void end_thread_locked();
  bool is_drained() noexcept;
  static void before_fork();
  static void after_fork_in_parent();
  static void after_fork_in_child();

  Doorbell doorbell_;
  std::mutex mutex_;  // the list of writers, and whether the thread runs
  struct Member {
    const EventWriter* identity;  // compared, never used: the writer may be gone
    std::weak_ptr<EventWriter> writer;
  };
  std::vector<Member> writers_;
  bool running_ = false;
  pid_t ended_thread_ = 0;            // the last one that was
  Parker ended_;                      // its epoch counts them
  std::atomic<bool> pausing_{false};  // relaxed: seen after the ring of the doorbell at the latest
  Writers forking_;                   // kept alive between the handlers around fork
};

}  // namespace tbx
