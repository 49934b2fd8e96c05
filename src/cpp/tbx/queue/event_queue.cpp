#include "tbx/queue/event_queue.h"

#include <algorithm>
#include <bit>

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
    if (has_room(payload_bytes)) return AppendResult::kAppended;
    count_dropped();
    return AppendResult::kDropped;
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
  if (Error error = RingFile::create(directory, memory_.block(), file)) return error;
  ring_.begin_again();
  is_in_file_ = true;
  populated_ = 0;
  populate_ahead(0);
  memory_.allow_readahead();  // which RingFile has forbidden until now
  return {};
}

void EventQueue::reset_in_child() {
  memory_.zero();
  ring_ = Ring(memory_.block());
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
  // seq_cst: partner of the increment in wait_for_room(), after the head's own seq_cst store.
  if (waiting_producers_.load(std::memory_order_seq_cst) != 0) room_.unpark_all();
}

}  // namespace tbx
