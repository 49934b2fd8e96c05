// The one background thread of the process: moves events from every writer's ring into its files.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "tbx/queue/doorbell.h"

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

 private:
  Drain();

  using Writers = std::vector<std::shared_ptr<EventWriter>>;

  static void start_thread();
  void run();
  Writers living_writers();
  Writers living_writers_locked() const;
  bool end_thread_if_idle();
  bool is_drained();
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
  Writers forking_;  // kept alive between the handlers around fork
};

}  // namespace tbx
