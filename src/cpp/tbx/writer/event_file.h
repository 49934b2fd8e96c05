// One event file as the drain sees it: frames waiting to be appended, and the rule that no torn
// record stays behind, whoever has left it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>

#include "tbx/base/byte_buffer.h"
#include "tbx/queue/patient_mutex.h"
#include "tbx/record/record_tail.h"
#include "tbx/sink/sink.h"
#include "tbx/writer/shared_end.h"

namespace tbx {

// Used by one thread at a time, except sync().
class EventFile {
 public:
  // Records end at `end` bytes, and others may come behind it.
  explicit EventFile(std::unique_ptr<Sink> sink, std::uint64_t end = 0)
      : sink_(std::move(sink)), end_(end) {}

  const std::string& path() const { return sink_->path(); }
  Sink& sink() { return *sink_; }

  // Frames `payload` behind what waits already.
  void add(std::span<const std::byte> payload);
  // What has been added so far is what the file begins with, also where it must be made again.
  void begin_with_pending();
  // As begin_with_pending(), of the first record that is in the file.
  Error learn_beginning();
  bool has_pending() const { return !pending_.empty(); }

  // Appends what waits. On failure whole records may be in the file; the rest waits on, and the
  // file ends at a record boundary, or will be cut back to one before anything else is written to
  // it.
  //
  // Where the file was deleted, or its directory, it is made again. One that was put in its place
  // is written to if it begins as this one did: so do a copy of it, and a file that another process
  // with the same event file has made again. Any other is an error (EEXIST).
  Error write_pending();

  // Tells once that the file had to be made again.
  Error take_notice() { return std::exchange(notice_, Error{}); }

  // As write_pending(), of what `prepare` adds when nobody else can append any more; it is told the
  // size of the file, and may tell found_end(). A torn record is cut away also where nothing waits.
  template <typename Prepare>
  Error append_after(Prepare prepare) {
    const Locked locked(*sink_);
    if (locked.error) return locked.error;
    std::uint64_t size = 0;
    Error error = sink_->size(size);
    if (!error) error = prepare(size);
    return error ? error : append_locked();
  }

  // What somebody has read of the file, which has `size` bytes.
  void found_end(const RecordTail& tail, std::uint64_t size);

  // Everything that write_pending() wrote, onto the device. Does nothing where nothing is new.
  Error sync();
  Error close() { return sink_->close(); }

  // Where the records end that write_pending() has written, in bytes.
  std::uint64_t end() const { return end_.load(std::memory_order_relaxed); }

  // Before a fork, also while another thread writes.
  void share_end() noexcept { shared_end_.share(end()); }
  // In a forked child: what waits belongs to the parent, which will write it.
  void reset_in_child();

 private:
  struct Locked {
    explicit Locked(Sink& locked_sink) : sink(locked_sink), error(sink.lock()) {}
    ~Locked() {
      if (!error) sink.unlock();
    }
    Locked(const Locked&) = delete;
    Locked& operator=(const Locked&) = delete;

    Sink& sink;
    const Error error;
  };

  Error append_pending();
  Error append_locked();
  Error append_beginning();
  void wrote(std::size_t whole_bytes, std::size_t torn_bytes);
  void cut_torn_record();
  Error check_beginning(std::uint64_t& size);
  Error find_end(std::uint64_t size);
  RecordTail read_tail(std::uint64_t begin);

  // Room that an idle file keeps for its next batch.
  static constexpr std::size_t kKeptBytes = 512 * 1024;

  std::unique_ptr<Sink> sink_;
  ByteBuffer pending_;       // whole frames
  ByteBuffer beginning_;     // whole frames; empty: the file is somebody else's to make
  bool is_unknown_ = false;  // it was opened again, and nothing is known of what it holds
  Error notice_;
  // Where the whole records end, as far as this process knows; others may have appended since.
  // relaxed: one thread at a time; atomic for a forked child, which takes it over.
  std::atomic<std::uint64_t> end_;
  SharedEnd shared_end_;        // as far as any process knows that has forked from one with it
  std::size_t torn_bytes_ = 0;  // of a record behind it, which is not cut away; under the lock
  // relaxed: a sync that misses a write just behind it is followed by another.
  std::atomic<bool> unsynced_{false};
  PatientMutex sync_mutex_;  // of sync()
};

}  // namespace tbx
