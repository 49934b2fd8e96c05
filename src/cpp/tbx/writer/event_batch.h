// What a pass takes out of the ring at once: framed, and sorted by the files that it goes to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "tbx/base/byte_buffer.h"
#include "tbx/base/error.h"
#include "tbx/queue/event_queue.h"
#include "tbx/writer/event_file.h"
#include "tbx/writer/failure_latch.h"

namespace tbx {

// Used by one thread at a time. Every step may fail, also for want of memory, and be tried again.
class EventBatch {
 public:
  // Null: the file was closed.
  using FindFile = std::function<std::shared_ptr<EventFile>(std::uint32_t id)>;

  // Frames the next events of the ring. Without memory for all of them a few will do.
  Error collect(EventQueue& queue, const FindFile& find_file);

  // Writes what waits, to each file as far as it goes, and returns the first failure. Who should
  // hear of a file that had to be made again is told through `failures`.
  Error write(FailureLatch& failures);

  // Position in the ring up to which the batch goes.
  std::uint64_t cursor() const noexcept { return cursor_; }
  bool is_written() const noexcept { return pending_.empty(); }
  std::uint64_t events() const noexcept { return events_; }
  std::uint64_t bytes() const noexcept { return bytes_; }  // frames included
  const std::vector<std::pair<std::uint32_t, std::shared_ptr<EventFile>>>& files() const noexcept {
    return files_;
  }

  // Written and accounted for: the next one begins at cursor().
  void clear() noexcept;

  // An empty one begins at `cursor`.
  void skip_to(std::uint64_t cursor) noexcept { cursor_ = cursor; }

 private:
  // Bytes of ring per batch: large enough to make system calls rare, small enough to stay in the
  // second-level cache between framing and write(2).
  static constexpr std::size_t kBatchBytes = 256 * 1024;

  void dispatch(const RingRecord& record, EventQueue& queue, const FindFile& find_file);
  void add(std::uint32_t file_id, std::span<const std::byte> payload, EventQueue& queue,
           const FindFile& find_file);
  void forget_written() noexcept;

  std::uint64_t cursor_ = 0;
  std::vector<std::shared_ptr<EventFile>> pending_;  // files that the batch has not reached yet
  std::vector<std::pair<std::uint32_t, std::shared_ptr<EventFile>>> files_;  // all of them
  std::uint64_t events_ = 0;
  std::uint64_t bytes_ = 0;
  EventFile* last_file_ = nullptr;  // of the last event, held by pending_
  std::uint32_t last_file_id_ = 0;
  ByteBuffer pieces_;  // of one large event
};

}  // namespace tbx
