#include "tbx/writer/event_file.h"

#include <algorithm>
#include <cerrno>

#include "tbx/record/record_format.h"
#include "tbx/record/record_framer.h"
#include "tbx/record/record_reader.h"
#include "tbx/writer/sink_source.h"

namespace tbx {
namespace {

// The file is not there, or what is there is not the file.
bool is_lost(const Error& error) {
  return error.sys_errno == ESTALE || error.sys_errno == ENOENT || error.sys_errno == ENOTDIR;
}

bool begins_with(std::span<const std::byte> bytes, std::span<const std::byte> beginning) {
  return bytes.size() >= beginning.size() &&
         std::ranges::equal(bytes.first(beginning.size()), beginning);
}

}  // namespace

void EventFile::add(std::span<const std::byte> payload) {
  frame_record(pending_.grow(framed_size(payload.size())), payload);
}

void EventFile::begin_with_pending() {
  beginning_.clear();
  beginning_.append(pending_.bytes());
}

Error EventFile::learn_beginning() {
  return error_of([&]() -> Error {
    SinkSource source(*sink_);
    RecordReader reader(source);
    const ReadResult first = reader.next();
    if (first.status != ReadStatus::kRecord) return {};  // then it cannot be made again either
    beginning_.clear();
    frame_record(beginning_.grow(framed_size(first.payload.size())), first.payload);
    return {};
  });
}

Error EventFile::write_pending() {
  if (pending_.empty()) return {};
  Error error = append_pending();
  if (is_lost(error) && !beginning_.empty()) {
    is_unknown_ = true;
    shared_end_.forget();  // it may go on being that of the lost file, for others
    if (Error failure = sink_->reopen()) return failure;
    Error notice = Error::io(ESTALE, "event file was deleted or replaced, and begins anew", path());
    error = append_pending();
    if (!error) notice_ = std::move(notice);
  }
  pending_.shrink_to(kKeptBytes);
  return error;
}

Error EventFile::append_pending() {
  const Locked locked(*sink_);
  if (locked.error) return locked.error;
  // What a write of ours left torn, another process may have cut away, and appended as much.
  torn_bytes_ = 0;
  return append_locked();
}

Error EventFile::append_locked() {
  std::uint64_t size;
  if (Error error = sink_->size(size)) return error;
  if (is_unknown_) {
    if (Error error = check_beginning(size)) return error;
  }
  if (size != end()) {
    if (Error error = find_end(size)) return error;
  }
  if (end() == 0 && !begins_with(pending_.bytes(), beginning_.bytes())) {
    if (Error error = append_beginning()) return error;
  }
  const AppendOutcome outcome = sink_->append(pending_.bytes());
  const std::size_t whole = whole_records_prefix(pending_.bytes(), outcome.written);
  wrote(whole, outcome.written - whole);
  pending_.consume(whole);
  shared_end_.store(end());
  cut_torn_record();
  return outcome.error;
}

// All of it or nothing: who finds it there takes it for whole.
Error EventFile::append_beginning() {
  const AppendOutcome outcome = sink_->append(beginning_.bytes());
  const bool is_whole = outcome.written == beginning_.size();
  wrote(is_whole ? outcome.written : 0, is_whole ? 0 : outcome.written);
  cut_torn_record();
  return outcome.error;
}

void EventFile::wrote(std::size_t whole_bytes, std::size_t torn_bytes) {
  if (whole_bytes + torn_bytes != 0) unsynced_.store(true, std::memory_order_relaxed);
  end_.store(end() + whole_bytes, std::memory_order_relaxed);
  torn_bytes_ = torn_bytes;
}

void EventFile::cut_torn_record() {
  if (torn_bytes_ != 0 && !sink_->truncate(end())) torn_bytes_ = 0;
}

// The beginning tells whose file it is: it holds the wall time at which this one was made.
Error EventFile::check_beginning(std::uint64_t& size) {
  ByteBuffer bytes;
  const auto expected = static_cast<std::size_t>(std::min<std::uint64_t>(size, beginning_.size()));
  std::size_t count;
  if (Error error = sink_->read(0, {bytes.grow(expected), expected}, count)) return error;
  if (count != expected || !begins_with(beginning_.bytes(), bytes.bytes())) {
    return Error::io(EEXIST, "event file was replaced by another", path());
  }
  if (expected < beginning_.size()) {
    // Who was making the file again was killed.
    if (Error error = sink_->truncate(0)) return error;
    size = 0;
  }
  end_.store(0, std::memory_order_relaxed);
  torn_bytes_ = 0;
  is_unknown_ = false;
  return {};
}

// A torn record with data behind it hides that data from every reader, for good. Ours is known;
// another process may have been killed while it wrote one, and others may have appended before.
Error EventFile::find_end(std::uint64_t size) {
  const std::uint64_t shared_end = shared_end_.load();
  if (size == shared_end) {
    // Another process has written what is new, or looked at it.
    found_end({size, false}, size);
  } else if (torn_bytes_ == 0 || size != end() + torn_bytes_) {
    // A file that somebody has cut may end anywhere.
    const std::uint64_t known = std::max(end(), shared_end < size ? shared_end : 0);
    const std::uint64_t begin = size < end() ? 0 : known;
    Error error = error_of([&]() -> Error {
      RecordTail tail = read_tail(begin);
      // Not even a header: it has been cut and has grown again since, and no record begins there.
      const bool has_header = tail.is_torn && size - begin >= kHeaderBytes;
      if (tail.whole_end == begin && !has_header && begin != 0) tail = read_tail(0);
      found_end(tail, size);
      return {};
    });
    if (error) return error;
  }
  if (torn_bytes_ != 0) {
    if (Error error = sink_->truncate(end())) return error;
    torn_bytes_ = 0;
  }
  return {};
}

RecordTail EventFile::read_tail(std::uint64_t begin) {
  SinkSource rest(*sink_, begin);
  return read_record_tail(rest, begin);
}

void EventFile::found_end(const RecordTail& tail, std::uint64_t size) {
  // Behind damage that is no torn record nothing can be told of.
  const std::uint64_t whole_end = tail.is_torn ? tail.whole_end : size;
  end_.store(whole_end, std::memory_order_relaxed);
  torn_bytes_ = static_cast<std::size_t>(size - whole_end);
}

Error EventFile::sync() {
  // Who finds another sync going on waits for it: what is being synced is not on the device yet.
  std::lock_guard lock(sync_mutex_);
  if (!unsynced_.exchange(false, std::memory_order_relaxed)) return {};
  Error error = error_of([this] { return sink_->sync(); });
  if (error) unsynced_.store(true, std::memory_order_relaxed);
  return error;
}

void EventFile::reset_in_child() {
  // Over the old one, which a thread that is not in this process may have left half changed: no
  // destructor may see it, and what it holds is lost to the child.
  std::construct_at(&pending_);
  std::construct_at(&notice_);
  torn_bytes_ = 0;
  unsynced_.store(false, std::memory_order_relaxed);
  sync_mutex_.reset_in_child();
  sink_->reset_in_child();
}

}  // namespace tbx
