// The way from producers to the drain: a ring, its memory, what to do when it is full, and the
// counters of both sides.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "tbx/base/cache_line.h"
#include "tbx/base/clock.h"
#include "tbx/base/error.h"
#include "tbx/queue/doorbell.h"
#include "tbx/queue/event_ring.h"
#include "tbx/queue/overflow_policy.h"
#include "tbx/queue/parker.h"
#include "tbx/queue/patient_mutex.h"
#include "tbx/queue/ring_file.h"
#include "tbx/queue/ring_memory.h"

namespace tbx {

enum class AppendResult {
  kAppended,
  kFull,     // no room now: wait_for_room() and try again
  kDropped,  // given up and counted
  kClosed,
};

// How long one producer has waited for room, over several calls of wait_for_room().
struct RoomWait {
  std::uint64_t head = ~std::uint64_t{0};
  std::int64_t since_ns = 0;
};

class EventQueue {
 public:
  using Ring = EventRing<std::uint64_t>;
  using Slot = Ring::Slot;

  // `capacity_bytes` is rounded up to a power of two of at least kMinCapacityBytes. `doorbell`
  // outlives the queue.
  EventQueue(std::size_t capacity_bytes, OverflowPolicy policy,
             std::chrono::nanoseconds overflow_timeout, Doorbell& doorbell);

  static constexpr std::size_t kMinCapacityBytes = 4096;
  static constexpr std::chrono::nanoseconds kWaitSlice = std::chrono::milliseconds(50);

  // ---- producers: lock-free while there is room ----

  // Reserves room for one event of `payload_bytes`, which must be <= max_payload_bytes(). After
  // kAppended the caller fills slot.payload and commits; nothing may fail between.
  AppendResult try_reserve(std::uint32_t file_id, std::size_t payload_bytes, Slot& slot) noexcept {
    return try_reserve_piece(RecordKind::kWhole, file_id, payload_bytes, slot);
  }

  // Callers exclude one another: Python's hold the GIL. That makes counting cheap, which by two
  // atomic additions would cost more than the reservation.
  void commit_exclusively(const Slot& slot, std::size_t payload_bytes) noexcept {
    // relaxed loads and stores: statistics of one thread at a time. Counted before the event is
    // published, so that enqueued >= written for whoever looks.
    exclusive_events_.store(exclusive_events_.load(std::memory_order_relaxed) + 1,
                            std::memory_order_relaxed);
    exclusive_bytes_.store(exclusive_bytes_.load(std::memory_order_relaxed) + payload_bytes,
                           std::memory_order_relaxed);
    publish(slot);
  }

  std::size_t max_payload_bytes() const noexcept { return ring_.max_payload_bytes(); }

  // Waits until try_reserve() is worth another try (kAppended), or tells that the event is lost
  // (kDropped) because the policy says so or because the head has not moved for overflow_timeout,
  // or returns kFull after kWaitSlice, so that the caller can look for signals and come back with
  // the same `wait`.
  AppendResult wait_for_room(std::size_t payload_bytes, RoomWait& wait) noexcept;

  // An event of any size, waiting as the policy says. `between_waits()` runs once per kWaitSlice of
  // waiting; where it answers false the event is dropped. Pieces of one large event are never mixed
  // with another's.
  template <typename BetweenWaits>
  AppendResult append(std::uint32_t file_id, std::span<const std::byte> payload,
                      BetweenWaits between_waits);

  void count_dropped() noexcept { dropped_.fetch_add(1, std::memory_order_relaxed); }

  // ---- the drain ----

  Ring& ring() noexcept { return ring_; }
  const Ring& ring() const noexcept { return ring_; }

  // Makes the memory that producers reach next resident, before they fault on it: a page fault
  // takes twenty times as long as an append. `last_batch_bytes` tells how fast they are.
  void populate_ahead(std::size_t last_batch_bytes) noexcept;

  // Moves the empty ring into a hidden file, before any producer knows of it, or while it is
  // occupied. On error it stays.
  Error move_to_file(const std::string& directory, std::unique_ptr<RingFile>& file);

  // Where the ring is empty, nobody gets into it until vacate(); that moves its head on.
  bool try_occupy() noexcept { return ring_.try_occupy(); }
  void vacate() noexcept;

  // Hands space back and wakes producers that wait for it.
  void release_to(std::uint64_t cursor) noexcept;

  // In a forked child: empty, as if just opened.
  void reset_in_child();

  // ---- anyone ----

  std::uint64_t events_enqueued() const noexcept {
    return exclusive_events_.load(std::memory_order_relaxed) +
           concurrent_events_.load(std::memory_order_relaxed);
  }
  std::uint64_t bytes_enqueued() const noexcept {
    return exclusive_bytes_.load(std::memory_order_relaxed) +
           concurrent_bytes_.load(std::memory_order_relaxed);
  }
  std::uint64_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }
  std::int64_t blocked_ns() const noexcept { return blocked_ns_.load(std::memory_order_relaxed); }

 private:
  AppendResult try_reserve_piece(RecordKind kind, std::uint32_t file_id, std::size_t payload_bytes,
                                 Slot& slot) noexcept {
    switch (ring_.try_reserve(kind, file_id, payload_bytes, slot)) {
      case ReserveResult::kReserved:
        return AppendResult::kAppended;
      case ReserveResult::kFull:
        return AppendResult::kFull;
      case ReserveResult::kClosed:
        break;
    }
    return AppendResult::kClosed;
  }

  void count_enqueued(std::size_t payload_bytes) noexcept {
    // relaxed: statistics, as in commit_exclusively().
    concurrent_events_.fetch_add(1, std::memory_order_relaxed);
    concurrent_bytes_.fetch_add(payload_bytes, std::memory_order_relaxed);
  }

  void publish(const Slot& slot) noexcept {
    ring_.commit(slot);
    doorbell_.ring_if_asleep();
    if (slot.crossed_quarter) doorbell_.ring_if_resting();
  }

  AppendResult given_up() noexcept {
    count_dropped();
    return AppendResult::kDropped;
  }

  // kFull: `between_waits` has answered false.
  template <typename BetweenWaits>
  AppendResult append_piece(RecordKind kind, std::uint32_t file_id,
                            std::span<const std::byte> piece, std::size_t event_bytes,
                            BetweenWaits between_waits);
  AppendResult append_in_pieces(std::uint32_t file_id, std::span<const std::byte> payload,
                                const std::function<bool()>& between_waits);
  void wake_waiting_producers() noexcept;
  bool has_room(std::size_t payload_bytes) const noexcept;
  // The head has not moved for longer than overflow_timeout, or another producer has found so.
  bool is_stuck(RoomWait& wait) const noexcept;
  // Until everything before `target` is in the files; false after kWaitSlice.
  bool wait_until_written(std::uint64_t target) noexcept;

  RingMemory memory_;
  Ring ring_;
  std::uint32_t forks_ = 0;  // that led to this process; with each the ring began anew
  bool is_in_file_ = false;
  std::uint64_t populated_ = 0;  // ring position
  Doorbell& doorbell_;
  const OverflowPolicy policy_;
  const std::chrono::nanoseconds overflow_timeout_;

  // Producers: of commit_exclusively(), and of append().
  alignas(kCacheLineBytes) std::atomic<std::uint64_t> exclusive_events_{0};
  std::atomic<std::uint64_t> exclusive_bytes_{0};
  std::atomic<std::uint64_t> concurrent_events_{0};
  std::atomic<std::uint64_t> concurrent_bytes_{0};

  // Producers: only when the ring is full.
  alignas(kCacheLineBytes) std::atomic<std::uint32_t> waiting_producers_{0};
  Parker room_;
  std::atomic<std::uint64_t> dropped_{0};
  std::atomic<std::int64_t> blocked_ns_{0};
  // Head position at which a producer last gave up. While the head stays there the drain is stuck,
  // and later producers give up at once instead of each waiting out its own time.
  std::atomic<std::uint64_t> stuck_head_{~std::uint64_t{0}};
  PatientMutex large_event_;
};

template <typename BetweenWaits>
AppendResult EventQueue::append_piece(RecordKind kind, std::uint32_t file_id,
                                      std::span<const std::byte> piece, std::size_t event_bytes,
                                      BetweenWaits between_waits) {
  RoomWait wait;
  for (;;) {
    Slot slot;
    AppendResult result = try_reserve_piece(kind, file_id, piece.size(), slot);
    if (result == AppendResult::kAppended) {
      if (!piece.empty()) std::memcpy(slot.payload, piece.data(), piece.size());
      if (kind == RecordKind::kWhole || kind == RecordKind::kLast) count_enqueued(event_bytes);
      publish(slot);
    }
    if (result != AppendResult::kFull) return result;
    while ((result = wait_for_room(piece.size(), wait)) == AppendResult::kFull) {
      if (!between_waits()) return result;
    }
    if (result != AppendResult::kAppended) return result;
  }
}

template <typename BetweenWaits>
AppendResult EventQueue::append(std::uint32_t file_id, std::span<const std::byte> payload,
                                BetweenWaits between_waits) {
  if (payload.size() > max_payload_bytes()) {
    return append_in_pieces(file_id, payload, std::ref(between_waits));
  }
  const AppendResult result =
      append_piece(RecordKind::kWhole, file_id, payload, payload.size(), between_waits);
  return result == AppendResult::kFull ? given_up() : result;
}

}  // namespace tbx
