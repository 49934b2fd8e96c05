// A bounded multi-producer, single-consumer ring of variable-size records in a block of memory
// (ring_layout.h).
//
// Who owns what. Producers move `tail` (reserve, by compare-and-swap), then write the header
// without the committed bit, then the payload, then the header with it (commit). The drain alone
// moves `head`, and hands space back zeroed. So a header that reads 0 is one that no producer has
// written yet, and `tail - head` is what is reserved.
//
// Why zeroed, and why the header goes in twice: the block may outlive its process. Whoever then
// walks it from head to tail meets a committed record, or a reserved one whose length says how far
// to skip, or zeros left by a producer that died before its first store, which can be stepped over
// eight bytes at a time. No committed record is ever out of reach.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <span>
#include <type_traits>

#include "tbx/queue/ring_layout.h"

namespace tbx {

enum class ReserveResult { kReserved, kFull, kClosed };

// `Position` counts bytes modulo its range; tests use a small type so that it wraps within
// milliseconds.
template <typename Position = std::uint64_t>
class EventRing {
  static_assert(std::is_unsigned_v<Position>);

 public:
  static constexpr std::size_t kDataOffset = RingControl<Position>::kDataOffset;

  // A reserved record: write payload_bytes bytes at payload, then commit.
  struct Slot {
    std::byte* payload = nullptr;
    std::uint64_t* header = nullptr;
    std::uint64_t header_value = 0;
    // The reservation crossed a quarter of the ring: a good moment to wake a resting drain.
    bool crossed_quarter = false;
  };

  static constexpr std::size_t block_bytes(std::size_t capacity) { return kDataOffset + capacity; }

  // Lays a new ring into `block`: zeroed, aligned to a cache line, kDataOffset + a power of two
  // bytes long.
  explicit EventRing(std::span<std::byte> block)
      : control_(new (block.data()) RingControl<Position>{block.size() - kDataOffset, {}, {}, {}}),
        data_(block.data() + kDataOffset),
        capacity_(static_cast<Position>(control_->capacity)),
        mask_(static_cast<Position>(capacity_ - 1)) {}

  // What comes before the records, as it is: the beginning of a copy of an empty ring.
  std::array<std::byte, kDataOffset> control_words() const noexcept {
    alignas(kCacheLineBytes) std::array<std::byte, kDataOffset> words{};
    // relaxed: nobody changes them meanwhile.
    new (words.data()) RingControl<Position>{capacity_,
                                             {control_->tail.load(std::memory_order_relaxed)},
                                             {control_->head.load(std::memory_order_relaxed)},
                                             {control_->consumed.load(std::memory_order_relaxed)}};
    return words;
  }

  std::size_t capacity() const noexcept { return capacity_; }

  // Larger events travel in pieces: a record near the capacity could wait for a ring that is never
  // empty enough.
  std::size_t max_payload_bytes() const noexcept { return capacity_ / 4 - kRingHeaderBytes; }

  // ---- producers ----

  // Reserves a record of `payload_bytes` <= max_payload_bytes(). Lock-free: a failed
  // compare-and-swap means that another producer succeeded.
  ReserveResult try_reserve(RecordKind kind, std::uint32_t file_id, std::size_t payload_bytes,
                            Slot& slot) noexcept {
    const auto need = static_cast<Position>(ring_record_bytes(payload_bytes));
    Position tail = control_->tail.load(
        std::memory_order_relaxed);  // only a guess; the compare-and-swap decides
    Position total, offset, skipped;
    for (;;) {
      if (tail & Position{kClosedMark}) return ReserveResult::kClosed;
      offset = static_cast<Position>(tail & mask_);
      const auto to_end = static_cast<Position>(capacity_ - offset);
      skipped = need > to_end ? to_end : Position{0};
      total = static_cast<Position>(skipped + need);
      // acquire: the space up to head + capacity has been zeroed. Pairs with the release in
      // release_to(). Otherwise our header could be overwritten by the drain's late zeros.
      const Position head = control_->head.load(std::memory_order_acquire);
      if (static_cast<Position>(tail + total - head) > capacity_) {
        const Position now = control_->tail.load(std::memory_order_relaxed);
        if (now == tail) return ReserveResult::kFull;
        tail = now;  // a stale tail behind a fresh head looks like a full ring
        continue;
      }
      // seq_cst: first half of the "reserve, then look whether the drain sleeps" pattern; partners
      // in doorbell.h and tail_position(). On x86-64 this costs nothing over relaxed, the
      // instruction is a full barrier anyway.
      if (control_->tail.compare_exchange_weak(tail, static_cast<Position>(tail + total),
                                               std::memory_order_seq_cst,
                                               std::memory_order_relaxed)) {
        break;
      }
    }
    if (skipped != 0) {
      // release: pairs with the acquire in read(), like commit(); a padding record has no payload
      // to publish.
      header_at(offset).store(
          kCommittedBit | pack_ring_header(RecordKind::kPadding, 0, skipped - kRingHeaderBytes),
          std::memory_order_release);
      offset = 0;
    }
    slot.header = reinterpret_cast<std::uint64_t*>(data_ + offset);
    slot.header_value = pack_ring_header(kind, file_id, payload_bytes);
    slot.payload = data_ + offset + kRingHeaderBytes;
    const auto quarter = static_cast<Position>(capacity_ / 4);
    slot.crossed_quarter =
        ((tail ^ static_cast<Position>(tail + total)) & static_cast<Position>(~(quarter - 1))) != 0;
    // relaxed: the drain ignores a header without the committed bit. It is for ring_salvage.h
    // alone, which reads the block of a dead process: that process's stores stopped at one point of
    // its program, so compiler order suffices (the fence).
    std::atomic_ref(*slot.header).store(slot.header_value, std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_release);
    return ReserveResult::kReserved;
  }

  void commit(const Slot& slot) noexcept {
    // release: publishes the payload; pairs with the acquire in read().
    std::atomic_ref(*slot.header)
        .store(slot.header_value | kCommittedBit, std::memory_order_release);
  }

  // After this try_reserve() answers kClosed and tail_position() is final.
  void close() noexcept {
    // seq_cst: decides against concurrent reservations, which change the same word.
    control_->tail.fetch_or(Position{kClosedMark}, std::memory_order_seq_cst);
  }

  // Undoes close().
  void reopen() noexcept {
    control_->tail.fetch_and(static_cast<Position>(~Position{kClosedMark}),
                             std::memory_order_seq_cst);
  }

  // ---- the drain ----

  // Where the next reservation will start: everything before it is, or will soon be, committed.
  Position tail_position() const noexcept {
    // seq_cst: partner of the compare-and-swap in try_reserve(); a drain that announced its sleep
    // must not miss it.
    return static_cast<Position>(control_->tail.load(std::memory_order_seq_cst) &
                                 static_cast<Position>(~Position{kClosedMark}));
  }

  Position head_position() const noexcept {
    // seq_cst: partner of the store in release_to() for a producer that announced that it waits for
    // room.
    return control_->head.load(std::memory_order_seq_cst);
  }

  std::size_t used_bytes() const noexcept {
    const Position head = head_position();
    const auto used = static_cast<Position>(tail_position() - head);
    return used <= capacity_ ? used : capacity_;  // the head may have moved between the two loads
  }

  // Reads the record at `cursor` and moves the cursor behind it; false if none is committed there
  // yet. The payload stays valid until release_to() passes it. Padding is skipped here.
  bool read(Position& cursor, RingRecord& record) const noexcept {
    const Position head = control_->head.load(std::memory_order_relaxed);  // written by this thread
    for (;;) {
      // Behind a full lap lie records that were read but not yet released.
      if (static_cast<Position>(cursor - head) == capacity_) return false;
      const auto offset = static_cast<Position>(cursor & mask_);
      // acquire: the payload is visible once the committed bit is. Pairs with commit().
      const std::uint64_t header = header_at(offset).load(std::memory_order_acquire);
      if ((header & kCommittedBit) == 0) return false;
      record = unpack_ring_header(header, data_ + offset + kRingHeaderBytes);
      cursor = static_cast<Position>(cursor + ring_record_bytes(record.payload.size()));
      if (record.kind != RecordKind::kPadding) return true;
    }
  }

  // Takes all of the ring, where it is empty. Until vacate() producers find it full: none of them
  // is between its reservation and its commit, and the block is not written at all.
  bool try_occupy() noexcept {
    Position head = control_->head.load(std::memory_order_relaxed);  // written by this thread
    // seq_cst: decides against concurrent reservations, as close() does.
    return control_->tail.compare_exchange_strong(head, static_cast<Position>(head + capacity_),
                                                  std::memory_order_seq_cst,
                                                  std::memory_order_relaxed);
  }

  // Hands it back a lap later, so that who has read the tail meanwhile waits for what comes.
  void vacate() noexcept {
    const auto cursor = static_cast<Position>(head_position() + capacity_);
    control_->consumed.store(cursor, std::memory_order_relaxed);
    // seq_cst: as in release_to(), with the same partners; there is nothing to zero.
    control_->head.store(cursor, std::memory_order_seq_cst);
  }

  // Hands everything before `cursor` back to the producers, zeroed.
  void release_to(Position cursor) noexcept {
    const Position head = control_->head.load(std::memory_order_relaxed);  // written by this thread
    const auto count = static_cast<Position>(cursor - head);
    const auto offset = static_cast<Position>(head & mask_);
    const auto to_end = static_cast<Position>(capacity_ - offset);
    const Position first = count < to_end ? count : to_end;
    // relaxed, and a fence for the compiler: for ring_salvage.h alone, as in try_reserve().
    control_->consumed.store(cursor, std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_release);
    std::memset(data_ + offset, 0, first);
    std::memset(data_, 0, static_cast<Position>(count - first));
    // release: the zeros come before the space; pairs with the acquire in try_reserve().
    // seq_cst: also ordered before the drain looks for waiting producers; partner in
    // head_position().
    control_->head.store(cursor, std::memory_order_seq_cst);
  }

 private:
  std::atomic_ref<std::uint64_t> header_at(Position offset) const noexcept {
    return std::atomic_ref(*reinterpret_cast<std::uint64_t*>(data_ + offset));
  }

  RingControl<Position>* control_;
  std::byte* data_;
  Position capacity_;
  Position mask_;
};

}  // namespace tbx
