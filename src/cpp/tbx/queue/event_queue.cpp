#include "tbx/queue/event_queue.h"

#include <algorithm>
#include <bit>
#include <mutex>

#include "tbx/base/clock.h"

namespace tbx {
namespace {

// How far ahead of slow producers pages are made resident: more than they need during a nap of
// the drain at 10 MB/s. Ahead of fast ones, a few of their batches.
constexpr std::size_t kBatchesAhead = 4;
constexpr std::size_t kPopulatedBytes = 256 * 1024;
constexpr std::size_t kPopulationStep = 64 * 1024;

}  // namespace

EventQueue::EventQueue(std::size_t capacity_bytes, OverflowPolicy policy,
                       std::chrono::nanoseconds overflow_timeout, Doorbell& doorbell)
    : memory_(Ring::block_bytes(std::bit_ceil(std::max(capacity_bytes, kMinCapacityBytes)))),
      ring_(memory_.block()),
      doorbell_(doorbell),
      policy_(policy),
      overflow_timeout_(overflow_timeout) {
  populate_ahead(0);
}

AppendResult EventQueue::append_in_pieces(std::uint32_t file_id, std::span<const std::byte> payload,
                                          const std::function<bool()>& between_waits) {
  // A signal's handler may fork in between. The event is the parent's then, which goes on with it;
  // the child's new ring has none of the pieces before, and its mutex is not held by this thread.
  const std::uint32_t forks = forks_;
  const auto go_on = [&] { return between_waits() && forks_ == forks; };
  // One large event at a time: the drain has one place to put the pieces together. It is not waited
  // for without end: a signal's handler may have interrupted it, in this thread, to append its own.
  std::unique_lock lock(large_event_, std::defer_lock);
  AppendResult result = AppendResult::kAppended;
  RoomWait wait;
  while (result == AppendResult::kAppended && !lock.try_lock_for(kWaitSlice)) {
    if (is_stuck(wait) || !go_on()) result = AppendResult::kFull;
  }
  const std::size_t limit = max_payload_bytes();
  for (std::size_t done = 0; done != payload.size() && result == AppendResult::kAppended;) {
    const std::size_t count = std::min(limit, payload.size() - done);
    const RecordKind kind = done == 0                        ? RecordKind::kFirst
                            : done + count == payload.size() ? RecordKind::kLast
                                                             : RecordKind::kMiddle;
    // An event given up half-way leaves no trace: the next kFirst makes the drain forget the pieces
    // it holds.
    result = append_piece(kind, file_id, payload.subspan(done, count), payload.size(), go_on);
    done += count;
  }
  if (forks_ != forks) {
    lock.release();
    return AppendResult::kAppended;
  }
  if (lock.owns_lock()) lock.unlock();
  if (result == AppendResult::kFull) return given_up();
  // Pieces leave the ring before the event is in its file, and until then a killed process would
  // lose it, whatever the policy. A stuck drain is not waited for: it has the event, and goes on
  // trying.
  const std::uint64_t target = ring_.tail_position();
  RoomWait rest;
  while (result == AppendResult::kAppended && !wait_until_written(target) && go_on()) {
    if (!is_stuck(rest)) continue;
    stuck_head_.store(rest.head, std::memory_order_relaxed);
    break;
  }
  return result;
}

bool EventQueue::has_room(std::size_t payload_bytes) const noexcept {
  // Twice the record: where it would wrap, padding of up to its own size comes before it.
  return ring_.capacity() - ring_.used_bytes() >= 2 * ring_record_bytes(payload_bytes);
}

AppendResult EventQueue::wait_for_room(std::size_t payload_bytes, RoomWait& wait) noexcept {
  const std::int64_t start = monotonic_ns();
  const std::uint64_t head = ring_.head_position();
  if (wait.head != head) wait = {head, start};
  const bool stuck = start - wait.since_ns >= overflow_timeout_.count();
  if (stuck) stuck_head_.store(head, std::memory_order_relaxed);
  doorbell_.ring_if_resting();
  if (policy_ == OverflowPolicy::kDrop || stuck ||
      stuck_head_.load(std::memory_order_relaxed) == head) {
    return has_room(payload_bytes) ? AppendResult::kAppended : given_up();
  }
  const std::int64_t end = start + std::min(kWaitSlice, overflow_timeout_).count();
  // seq_cst: partner of the load in release_to(). Either the drain sees a waiting producer, or the
  // producer sees the room that the drain made; otherwise both could miss each other and the
  // producer would sleep beside free space.
  waiting_producers_.fetch_add(1, std::memory_order_seq_cst);
  AppendResult result = AppendResult::kFull;
  std::int64_t now = start;
  while (now < end) {
    const std::uint32_t seen = room_.epoch();
    if (has_room(payload_bytes)) {
      result = AppendResult::kAppended;
      break;
    }
    room_.park(seen, std::chrono::nanoseconds(end - now));
    now = monotonic_ns();
  }
  waiting_producers_.fetch_sub(1, std::memory_order_relaxed);
  blocked_ns_.fetch_add(now - start, std::memory_order_relaxed);
  return result;
}

bool EventQueue::is_stuck(RoomWait& wait) const noexcept {
  const std::int64_t now = monotonic_ns();
  const std::uint64_t head = ring_.head_position();
  if (wait.head != head) wait = {head, now};
  return now - wait.since_ns > overflow_timeout_.count() ||
         stuck_head_.load(std::memory_order_relaxed) == head;
}

bool EventQueue::wait_until_written(std::uint64_t target) noexcept {
  const std::int64_t end = monotonic_ns() + std::min(kWaitSlice, overflow_timeout_).count();
  doorbell_.ring_if_resting();
  // seq_cst: partner of the load in release_to(), as in wait_for_room().
  waiting_producers_.fetch_add(1, std::memory_order_seq_cst);
  bool written = false;
  for (std::int64_t now = 0; now < end; now = monotonic_ns()) {
    const std::uint32_t seen = room_.epoch();
    // Positions only grow: the difference is negative, and so huge, until the head is there.
    written = static_cast<std::int64_t>(ring_.head_position() - target) >= 0;
    if (written) break;
    room_.park(seen, std::chrono::nanoseconds(end - (now == 0 ? monotonic_ns() : now)));
  }
  waiting_producers_.fetch_sub(1, std::memory_order_relaxed);
  return written;
}

void EventQueue::populate_ahead(std::size_t last_batch_bytes) noexcept {
  // After the first lap all of private memory is resident, for good. The pages of a file become
  // read-only again whenever the kernel writes them out.
  if (populated_ >= ring_.capacity() && !is_in_file_) return;
  const std::uint64_t tail = ring_.tail_position();
  const std::size_t ahead = std::max(kPopulatedBytes, kBatchesAhead * last_batch_bytes);
  const std::uint64_t target = tail + std::min(ahead, ring_.capacity());
  if (target < populated_ + kPopulationStep) return;  // so that the system call is rare
  const std::uint64_t begin = std::max(populated_, tail);
  const std::size_t offset = begin & (ring_.capacity() - 1);
  const std::size_t count = target - begin;
  const std::size_t to_end = std::min(count, ring_.capacity() - offset);
  memory_.populate(Ring::kDataOffset + offset, Ring::kDataOffset + offset + to_end);
  memory_.populate(0, Ring::kDataOffset + count - to_end);
  populated_ = target;
}

Error EventQueue::move_to_file(const std::string& directory, std::unique_ptr<RingFile>& file) {
  // Producers may look at the ring meanwhile: it stays what it is.
  const auto words = ring_.control_words();
  if (Error error = RingFile::create(directory, memory_.block(), words, file)) return error;
  is_in_file_ = true;
  populated_ = 0;
  populate_ahead(0);
  memory_.allow_readahead();  // which RingFile has forbidden until now
  return {};
}

void EventQueue::reset_in_child() {
  memory_.zero();
  ring_ = Ring(memory_.block());
  ++forks_;
  is_in_file_ = false;
  populated_ = 0;
  exclusive_events_.store(0, std::memory_order_relaxed);
  exclusive_bytes_.store(0, std::memory_order_relaxed);
  concurrent_events_.store(0, std::memory_order_relaxed);
  concurrent_bytes_.store(0, std::memory_order_relaxed);
  dropped_.store(0, std::memory_order_relaxed);
  blocked_ns_.store(0, std::memory_order_relaxed);
  waiting_producers_.store(0, std::memory_order_relaxed);
  stuck_head_.store(~std::uint64_t{0}, std::memory_order_relaxed);
  large_event_.reset_in_child();  // a thread that is not in this process may have held it
}

void EventQueue::release_to(std::uint64_t cursor) noexcept {
  ring_.release_to(cursor);
  wake_waiting_producers();
}

void EventQueue::vacate() noexcept {
  ring_.vacate();
  wake_waiting_producers();
}

void EventQueue::wake_waiting_producers() noexcept {
  // seq_cst: partner of the increment in wait_for_room(), after the head's own seq_cst store.
  if (waiting_producers_.load(std::memory_order_seq_cst) != 0) room_.unpark_all();
}

}  // namespace tbx
