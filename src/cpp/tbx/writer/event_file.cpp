#include "tbx/writer/event_file.h"

#include "tbx/record/record_framer.h"

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
  // A torn record with data behind it hides that data from every reader, for good.
  if (torn_bytes_ != 0) {
    if (Error error = sink_->drop_tail(torn_bytes_)) return error;
    torn_bytes_ = 0;
  }
  const AppendOutcome outcome = sink_->append(pending_.bytes());
  if (outcome.written != 0) unsynced_.store(true, std::memory_order_relaxed);
  if (outcome.written == pending_.size()) {
    pending_.clear();
    return {};
  }
  const std::size_t whole = whole_records_prefix(pending_.bytes(), outcome.written);
  torn_bytes_ = outcome.written - whole;
  if (torn_bytes_ != 0 && !sink_->drop_tail(torn_bytes_)) torn_bytes_ = 0;
  pending_.consume(whole);
  return outcome.error;
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
