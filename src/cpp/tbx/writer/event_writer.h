// A writer: one queue and the event files that are fed from it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tbx/base/error.h"
#include "tbx/queue/event_queue.h"
#include "tbx/queue/patient_mutex.h"
#include "tbx/writer/event_batch.h"
#include "tbx/writer/event_file.h"
#include "tbx/writer/failure_latch.h"
#include "tbx/writer/new_event_file.h"
#include "tbx/writer/recovery.h"

namespace tbx {

struct EventWriterOptions {
  std::size_t queue_bytes = std::size_t{8} << 20;  // rounded up to a power of two
  OverflowPolicy overflow = OverflowPolicy::kBlock;
  // How long a producer waits beside a full ring while the drain gets nothing written.
  std::chrono::nanoseconds overflow_timeout = std::chrono::seconds(10);
  // How often the drain syncs the files to the device.
  std::chrono::nanoseconds flush_interval = std::chrono::seconds(120);
};

// Counters since the writer was opened. Bytes are those of the records, frames included.
struct WriterStats {
  std::uint64_t events_enqueued = 0;
  std::uint64_t bytes_enqueued = 0;
  std::uint64_t events_written = 0;
  std::uint64_t bytes_written = 0;
  std::uint64_t events_dropped = 0;
  std::int64_t blocked_ns = 0;  // time that producers waited for room, summed over producers
  std::uint64_t write_errors = 0;
  std::size_t ring_used_bytes = 0;
  std::size_t ring_capacity_bytes = 0;
};

// Producers of any thread append through queue(). The drain, and whoever flushes or closes, run
// passes: a pass frames a batch of events, writes it, and only then gives their space in the ring
// back, so that an event is always in the ring or in its file.
class EventWriter {
 public:
  // Registers the writer with the process's drain. Dropping the last reference closes it.
  static std::shared_ptr<EventWriter> open(const EventWriterOptions& options);
  ~EventWriter();
  EventWriter(const EventWriter&) = delete;
  EventWriter& operator=(const EventWriter&) = delete;

  EventQueue& queue() noexcept { return queue_; }
  FailureLatch& failures() noexcept { return failures_; }

  struct OpenedFile {
    std::uint32_t id;
    std::string path;
    RecoveryReport recovered;
  };
  // Creates the directory and a new event file in it, behind those to which it appends what killed
  // processes have left in the directory; its first record is written when this returns. Throws
  // ErrorException, and leaves no file then.
  OpenedFile open_file(const std::string& directory, const NewFileOptions& options);

  // As open_file(), of a file that there is, to which other processes append as well. `end` is
  // where some of its records end, in bytes: those before it are not looked at. ENOENT: it is gone.
  OpenedFile attach_file(const std::string& path, std::uint64_t end);

  // Where the records end that this process has written to the file of `id`, in bytes.
  std::uint64_t file_end(std::uint32_t id) const {
    const std::shared_ptr<EventFile> file = file_of(id);
    return file == nullptr ? 0 : file->end();
  }

  // Feeds the records of the returned id to `file`, or to a sink that is none of our making.
  std::uint32_t add_file(std::shared_ptr<EventFile> file);
  std::uint32_t add_sink(std::unique_ptr<Sink> sink);

  // Moves the ring into a hidden file beside the first event file, so that it outlives the process.
  // Does nothing where it is there already, or where it cannot be; in a forked child, whose ring is
  // private at first, before anything is appended.
  void keep_ring_in_file();
  // Path of the hidden file, which is another after it was deleted; empty: the ring is private.
  std::string ring_file_path() const;

  // The position that flush() must reach to cover every event appended so far.
  std::uint64_t flush_target() const noexcept { return queue_.ring().tail_position(); }
  // Writes everything before `target` and syncs what was written. False: not done within
  // `patience`, call again. A failure is returned once; what could not be written stays in the ring
  // and is retried by the drain.
  bool flush(std::uint64_t target, std::chrono::nanoseconds patience, Error& error);

  // Forgets the file of `id`; everything appended to it must have been flushed.
  Error close_file(std::uint32_t id);

  // Flushes, takes no more events, and closes all files. False: not done within `patience`, call
  // again. After an error the writer is still open and keeps what it could not write, unless the
  // error is one of closing a file: everything is in the files then.
  bool close(std::chrono::nanoseconds patience, Error& error);

  // After a close() that succeeded: there is nothing left that could take events.
  bool is_closed() const noexcept { return closed_.load(std::memory_order_relaxed); }

  // Nobody who lets go of the writer shall wait for it any more: what it still holds stays in the
  // ring's file, for recovery.
  void abandon() noexcept { abandoned_.store(true, std::memory_order_relaxed); }
  bool is_abandoned() const noexcept { return abandoned_.load(std::memory_order_relaxed); }

  WriterStats stats() const;

  // ---- called by the drain ----

  enum class PassResult { kIdle, kMoved, kFailed };
  // One batch. kIdle also when somebody else is running a pass.
  PassResult pass();
  // The device gets what the files got, once per flush_interval. Returns the time until it is due,
  // or nullopt if nothing will be.
  std::optional<std::chrono::nanoseconds> sync_if_due();
  // False also while somebody else runs a pass or moves the ring, whose memory is replaced then.
  bool is_drained() noexcept {
    const std::unique_lock lock(pass_mutex_, std::try_to_lock);
    return lock.owns_lock() && queue_.ring().tail_position() == queue_.ring().head_position();
  }

  // ---- called around fork ----

  void lock_for_fork();
  void unlock_after_fork() { files_mutex_.unlock(); }
  // In the child: an empty queue of its own, for the same files. The parent's events stay the
  // parent's.
  void reset_in_child();

 private:
  explicit EventWriter(const EventWriterOptions& options);

  Error pass_locked(bool& moved);
  Error write_batch(std::uint64_t head);
  Error drain_until(std::uint64_t target);
  Error sync_files();
  std::vector<std::shared_ptr<EventFile>> open_files() const;
  std::shared_ptr<EventFile> file_of(std::uint32_t id) const;
  Error move_ring_to_file();
  void move_ring_again();
  void name_in_ring_file(std::uint32_t id, const EventFile& file);

  EventQueue queue_;
  FailureLatch failures_;
  const std::chrono::nanoseconds flush_interval_;

  mutable std::mutex files_mutex_;                 // short: the tables only
  std::vector<std::shared_ptr<EventFile>> files_;  // by file id; closed ones are null
  std::unique_ptr<RingFile> ring_file_;            // of the ring; null: it is private
  std::atomic<bool> tried_ring_file_{false};

  // Held during a pass: the consuming side of the ring, and everything below.
  PatientMutex pass_mutex_;
  EventBatch batch_;
  std::int64_t retry_at_ns_ = 0;
  std::int64_t retry_delay_ns_ = 0;
  std::atomic<bool> closed_{false};
  std::atomic<bool> abandoned_{false};  // relaxed: set and read by those who hold the writer

  std::atomic<std::uint32_t> waiting_flushes_{0};
  std::atomic<bool> dirty_{false};  // something was written since the last sync
  std::atomic<bool> sync_failed_{false};
  std::atomic<std::int64_t> last_sync_ns_;
  std::atomic<std::uint64_t> events_written_{0};
  std::atomic<std::uint64_t> bytes_written_{0};
};

}  // namespace tbx
