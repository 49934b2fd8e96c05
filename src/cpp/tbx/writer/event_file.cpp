#include "tbx/writer/event_file.h"

#include "tbx/record/record_framer.h"
#include "tbx/record/record_tail.h"

namespace tbx {

void EventFile::add(std::span<const std::byte> payload) {
  frame_record(pending_.grow(framed_size(payload.size())), payload);
}

Error EventFile::write_pending() {
  if (pending_.empty()) return {};
  if (Error error = sink_->lock()) return error;
  Error error = append_locked();
  sink_->unlock();
  pending_.shrink_to(kKeptBytes);
  return error;
}

Error EventFile::append_locked() {
  std::uint64_t size;
  if (Error error = sink_->size(size)) return error;
  if (size != end()) {
    if (Error error = find_end(size)) return error;
  }
  const AppendOutcome outcome = sink_->append(pending_.bytes());
  if (outcome.written != 0) unsynced_.store(true, std::memory_order_relaxed);
  const std::size_t whole = whole_records_prefix(pending_.bytes(), outcome.written);
  end_.store(end() + whole, std::memory_order_relaxed);
  torn_bytes_ = outcome.written - whole;
  if (torn_bytes_ != 0 && !sink_->truncate(end())) torn_bytes_ = 0;
  pending_.consume(whole);
  return outcome.error;
}

// A torn record with data behind it hides that data from every reader, for good. Ours is known;
// another process may have been killed while it wrote one, and others may have appended before.
Error EventFile::find_end(std::uint64_t size) {
  std::uint64_t whole_end = end();
  bool is_torn = size == end() + torn_bytes_;
  if (!is_torn && size > end()) {
    try {
      const RecordTail tail = read_record_tail(path(), end());
      is_torn = tail.is_torn;
      whole_end = is_torn ? tail.whole_end : size;
    } catch (const ErrorException& exception) {
      return exception.error();
    }
  } else if (!is_torn) {
    whole_end = size;  // somebody has cut the file
  }
  if (is_torn) {
    if (Error error = sink_->truncate(whole_end)) return error;
  }
  torn_bytes_ = 0;
  end_.store(whole_end, std::memory_order_relaxed);
  return {};
}

Error EventFile::sync() {
  // Who finds another sync going on waits for it: what is being synced is not on the device yet.
  std::lock_guard lock(sync_mutex_);
  if (!unsynced_.exchange(false, std::memory_order_relaxed)) return {};
  Error error = sink_->sync();
  if (error) unsynced_.store(true, std::memory_order_relaxed);
  return error;
}

void EventFile::reset_in_child() {
  // Over the old one, which a thread that is not in this process may have left half changed: no
  // destructor may see it, and what it holds is lost to the child.
  std::construct_at(&pending_);
  torn_bytes_ = 0;
  unsynced_.store(false, std::memory_order_relaxed);
  sync_mutex_.reset_in_child();
  sink_->reset_in_child();
}

}  // namespace tbx
