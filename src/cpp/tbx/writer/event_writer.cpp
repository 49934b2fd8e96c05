#include "tbx/writer/event_writer.h"

#include <algorithm>
#include <cerrno>
#include <thread>

#include "tbx/base/clock.h"
#include "tbx/record/record_format.h"
#include "tbx/sink/file_sink.h"
#include "tbx/writer/drain.h"
#include "tbx/writer/new_event_file.h"
#include "tbx/writer/patient_call.h"

namespace tbx {
namespace {

constexpr std::int64_t kFirstRetryNs = 50'000'000;
constexpr std::int64_t kLongestRetryNs = 1'000'000'000;

// How long a writer that nobody closed may hold up whoever drops it.
constexpr auto kUnclosedPatience = std::chrono::seconds(10);

}  // namespace

std::shared_ptr<EventWriter> EventWriter::open(const EventWriterOptions& options) {
  std::shared_ptr<EventWriter> writer(new EventWriter(options));
  Drain::process_wide().add(writer);
  EventWriter* raw = writer.get();
  // The drain borrows references for its passes, and in a forked child those of the parent's drain
  // are never given back. So not the last reference but the last one outside closes the writer, on
  // the thread that drops it.
  return {raw, [writer = std::move(writer)](EventWriter*) mutable {
            if (!writer->is_closed() && !writer->is_abandoned()) {
              const PatientCall close([writer]() noexcept {
                // Nobody is left to hear of an error.
                (void)error_of([&] {
                  Error error;
                  (void)writer->close(kUnclosedPatience, error);
                  return error;
                });
              });
              (void)close.has_returned(kUnclosedPatience);
            }
            writer.reset();
          }};
}

EventWriter::EventWriter(const EventWriterOptions& options)
    : queue_(options.queue_bytes, options.overflow, options.overflow_timeout,
             Drain::process_wide().doorbell()),
      flush_interval_(options.flush_interval),
      last_sync_ns_(monotonic_ns()) {}

EventWriter::~EventWriter() { Drain::process_wide().remove(this); }

// ---- files ----

EventWriter::OpenedFile EventWriter::open_file(const std::string& directory,
                                               const NewFileOptions& options) {
  // Before: TensorBoard never returns to a file once there is a newer one.
  RecoveryReport recovered = recover_directory(directory);
  std::shared_ptr<EventFile> file;
  throw_if(create_event_file(directory, options, file));
  const std::string path = file->path();
  const std::uint32_t id = add_file(std::move(file));
  keep_ring_in_file();
  return {id, path, std::move(recovered)};
}

EventWriter::OpenedFile EventWriter::attach_file(const std::string& path, std::uint64_t end) {
  std::unique_ptr<FileSink> sink;
  throw_if(FileSink::open_existing(path, sink));
  auto file = std::make_shared<EventFile>(std::move(sink), end);
  throw_if(file->learn_beginning());
  return {add_file(std::move(file)), path, {}};
}

std::uint32_t EventWriter::add_sink(std::unique_ptr<Sink> sink) {
  return add_file(std::make_shared<EventFile>(std::move(sink)));
}

std::uint32_t EventWriter::add_file(std::shared_ptr<EventFile> file) {
  std::lock_guard lock(files_mutex_);
  const auto place = std::find(files_.begin(), files_.end(), nullptr);
  const auto id = static_cast<std::size_t>(place - files_.begin());
  if (id > kMaxFileId) throw ErrorException(Error::invalid_argument("too many open event files"));
  if (ring_file_ != nullptr) name_in_ring_file(static_cast<std::uint32_t>(id), *file);
  if (place == files_.end()) {
    files_.push_back(std::move(file));
  } else {
    *place = std::move(file);
  }
  return static_cast<std::uint32_t>(id);
}

void EventWriter::name_in_ring_file(std::uint32_t id, const EventFile& file) {
  // A file that cannot be named is not recovered: no reason not to write it.
  (void)ring_file_->name_file(id, file.path(), queue_.ring().head_position(), file.end());
}

void EventWriter::keep_ring_in_file() {
  if (tried_ring_file_.load(std::memory_order_acquire)) return;  // pairs with the store below
  // No pass while the ring moves, and nobody goes on to append. It is empty, as the file is the
  // first, or this a new child.
  std::lock_guard pass_lock(pass_mutex_);
  std::lock_guard lock(files_mutex_);
  if (tried_ring_file_.load(std::memory_order_relaxed)) return;
  if (queue_.ring().tail_position() == 0) (void)move_ring_to_file();
  tried_ring_file_.store(true, std::memory_order_release);
}

Error EventWriter::move_ring_to_file() {
  const auto first = std::ranges::find_if(files_, [](const auto& file) { return file != nullptr; });
  if (first == files_.end()) return {};
  const std::string& path = (*first)->path();
  const std::string directory = path.substr(0, path.rfind('/'));
  if (Error error = queue_.move_to_file(directory, ring_file_)) return error;
  for (std::size_t id = 0; id < files_.size(); ++id) {
    if (files_[id] != nullptr) name_in_ring_file(static_cast<std::uint32_t>(id), *files_[id]);
  }
  return {};
}

// The file was deleted, with its directory as a rule: nobody would find there what this process
// leaves. In the pass that has made the event files again, or in a later one that leaves the ring
// empty. Producers find it full for as long as a file takes to be made.
void EventWriter::move_ring_again() {
  if (!queue_.try_occupy()) return;
  (void)error_of([this]() -> Error {
    std::lock_guard lock(files_mutex_);
    Error error = move_ring_to_file();
    // Its directory may come with the next event. Otherwise the ring is as good as private.
    if (error && error.sys_errno != ENOENT) ring_file_ = nullptr;
    return {};
  });
  queue_.vacate();
  batch_.skip_to(queue_.ring().head_position());
}

std::string EventWriter::ring_file_path() const {
  std::lock_guard lock(files_mutex_);
  return ring_file_ == nullptr ? std::string() : ring_file_->path();
}

std::shared_ptr<EventFile> EventWriter::file_of(std::uint32_t id) const {
  std::lock_guard lock(files_mutex_);
  return id < files_.size() ? files_[id] : nullptr;
}

std::vector<std::shared_ptr<EventFile>> EventWriter::open_files() const {
  std::lock_guard lock(files_mutex_);
  std::vector<std::shared_ptr<EventFile>> open;
  std::copy_if(files_.begin(), files_.end(), std::back_inserter(open),
               [](const auto& file) { return file != nullptr; });
  return open;
}

Error EventWriter::close_file(std::uint32_t id) {
  std::shared_ptr<EventFile> file;
  {
    std::lock_guard lock(files_mutex_);
    if (id < files_.size()) file = std::exchange(files_[id], nullptr);
  }
  return file == nullptr ? Error{} : file->close();
}

// ---- passes ----

EventWriter::PassResult EventWriter::pass() {
  // A waiting flush runs its own passes, and would otherwise have to compete for the mutex.
  if (waiting_flushes_.load(std::memory_order_relaxed) != 0) return PassResult::kIdle;
  std::unique_lock lock(pass_mutex_, std::try_to_lock);
  if (!lock.owns_lock()) return PassResult::kIdle;
  if (retry_at_ns_ != 0 && monotonic_ns() < retry_at_ns_) return PassResult::kFailed;
  bool moved = false;
  if (pass_locked(moved)) return PassResult::kFailed;
  return moved ? PassResult::kMoved : PassResult::kIdle;
}

Error EventWriter::pass_locked(bool& moved) {
  const std::uint64_t head = queue_.ring().head_position();
  if (Error error = error_of([&] { return write_batch(head); })) {
    retry_delay_ns_ = std::clamp(2 * retry_delay_ns_, kFirstRetryNs, kLongestRetryNs);
    retry_at_ns_ = monotonic_ns() + retry_delay_ns_;
    failures_.latch(error);
    return error;
  }
  if (batch_.cursor() == head) return {};
  if (retry_at_ns_ != 0) failures_.recovered();
  retry_at_ns_ = retry_delay_ns_ = 0;
  events_written_.fetch_add(batch_.events(), std::memory_order_relaxed);
  bytes_written_.fetch_add(batch_.bytes(), std::memory_order_relaxed);
  if (ring_file_ != nullptr) {
    for (const auto& [id, file] : batch_.files()) {
      ring_file_->mark(id, batch_.cursor(), file->end());
    }
  }
  batch_.clear();
  queue_.release_to(batch_.cursor());
  queue_.populate_ahead(batch_.cursor() - head);
  if (ring_file_ != nullptr && ring_file_->is_gone()) move_ring_again();
  dirty_.store(true, std::memory_order_relaxed);
  moved = true;
  return {};
}

Error EventWriter::write_batch(std::uint64_t head) {
  if (batch_.is_written() && batch_.cursor() == head) {
    if (Error error = batch_.collect(queue_, [this](std::uint32_t id) { return file_of(id); })) {
      return error;
    }
  }
  return batch_.write(failures_);
}

Error EventWriter::drain_until(std::uint64_t target) {
  // Positions only grow, so the difference is negative (huge) once the head is past the target.
  while (static_cast<std::int64_t>(target - queue_.ring().head_position()) > 0) {
    bool moved = false;
    if (Error error = pass_locked(moved)) return error;
    if (!moved) std::this_thread::yield();  // a producer is between reserve and commit
  }
  return {};
}

// ---- flush, sync, close ----

bool EventWriter::flush(std::uint64_t target, std::chrono::nanoseconds patience, Error& error) {
  if (closed_.load(std::memory_order_relaxed)) return true;
  waiting_flushes_.fetch_add(1, std::memory_order_relaxed);
  std::unique_lock lock(pass_mutex_, patience);
  waiting_flushes_.fetch_sub(1, std::memory_order_relaxed);
  if (!lock.owns_lock()) return false;
  error = drain_until(target);
  lock.unlock();
  if (error) (void)failures_.take();  // whoever flushes hears of it, so the next producer need not
  // Without the mutex: a slow device must not keep the drain from making room.
  if (!error) error = sync_files();
  return true;
}

Error EventWriter::sync_files() {
  Error first;
  last_sync_ns_.store(monotonic_ns(), std::memory_order_relaxed);
  const std::vector<std::shared_ptr<EventFile>> files = open_files();
  // Before the files: what is written meanwhile makes it true again.
  dirty_.store(false, std::memory_order_relaxed);
  for (const auto& file : files) {
    Error error = file->sync();
    if (error) dirty_.store(true, std::memory_order_relaxed);
    if (error && !first) first = std::move(error);
  }
  if (first) {
    sync_failed_.store(true, std::memory_order_relaxed);
  } else if (sync_failed_.exchange(false, std::memory_order_relaxed)) {
    failures_.recovered();
  }
  return first;
}

std::optional<std::chrono::nanoseconds> EventWriter::sync_if_due() {
  if (!dirty_.load(std::memory_order_relaxed)) return {};
  const std::chrono::nanoseconds since(monotonic_ns() -
                                       last_sync_ns_.load(std::memory_order_relaxed));
  if (since < flush_interval_) return flush_interval_ - since;
  if (Error error = sync_files()) failures_.latch(error);
  return flush_interval_;
}

bool EventWriter::close(std::chrono::nanoseconds patience, Error& error) {
  if (closed_.load(std::memory_order_relaxed)) return true;
  // While producers still may go on: what comes in until the ring is closed is little.
  if (!flush(flush_target(), patience, error)) return false;
  if (error) return true;
  // To the end of this function: another thread that closes must find either an open writer or a
  // closed one, and must not reopen the ring of the latter.
  std::unique_lock lock(pass_mutex_, patience);
  if (!lock.owns_lock()) return false;
  if (closed_.load(std::memory_order_relaxed)) return true;
  queue_.ring().close();
  error = drain_until(queue_.ring().tail_position());
  if (!error) error = sync_files();
  if (error) {
    queue_.ring().reopen();
    return true;
  }
  std::vector<std::shared_ptr<EventFile>> files;
  {
    // All at once, because a fork waits for this mutex: its child has an open writer or a closed
    // one.
    std::lock_guard files_lock(files_mutex_);
    closed_.store(true, std::memory_order_relaxed);
    files.swap(files_);
    if (ring_file_ != nullptr) ring_file_->remove();
    ring_file_ = nullptr;
  }
  for (const auto& file : files) {
    Error close_error = file == nullptr ? Error{} : file->close();
    if (close_error && !error) error = std::move(close_error);
  }
  lock.unlock();
  // Last, and without a lock: from here on a fork does not know of the writer, and a lock that is
  // held would stay so in the child.
  Drain::process_wide().remove(this);
  return true;
}

WriterStats EventWriter::stats() const {
  WriterStats stats;
  stats.events_written = events_written_.load(std::memory_order_relaxed);
  stats.bytes_written = bytes_written_.load(std::memory_order_relaxed);
  stats.events_enqueued = queue_.events_enqueued();
  stats.bytes_enqueued = queue_.bytes_enqueued() + stats.events_enqueued * kRecordOverheadBytes;
  stats.events_dropped = queue_.dropped();
  stats.blocked_ns = queue_.blocked_ns();
  stats.write_errors = failures_.count();
  stats.ring_used_bytes = queue_.ring().used_bytes();
  stats.ring_capacity_bytes = queue_.ring().capacity();
  return stats;
}

// ---- fork ----

void EventWriter::lock_for_fork() {
  files_mutex_.lock();
  for (const auto& file : files_) {
    if (file != nullptr) file->share_end();
  }
}

void EventWriter::reset_in_child() {
  pass_mutex_.reset_in_child();  // the parent's drain may have held it, and does not exist here
  queue_.reset_in_child();
  ring_file_ = nullptr;
  tried_ring_file_.store(false, std::memory_order_relaxed);
  failures_.reset_in_child();
  for (const auto& file : open_files()) file->reset_in_child();
  // Over the old one, which that drain may have left half changed: no destructor may see it.
  std::construct_at(&batch_);
  retry_at_ns_ = retry_delay_ns_ = 0;
  waiting_flushes_.store(0, std::memory_order_relaxed);
  // A close that another thread had only begun has not happened here: the files are open.
  if (closed_.load(std::memory_order_relaxed)) queue_.ring().close();
  dirty_.store(false, std::memory_order_relaxed);
  events_written_.store(0, std::memory_order_relaxed);
  bytes_written_.store(0, std::memory_order_relaxed);
}

}  // namespace tbx
