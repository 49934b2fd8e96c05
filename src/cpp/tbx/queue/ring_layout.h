// The layout of a ring's block of memory: control words, then records. What event_ring.h writes and
// ring_salvage.h reads.
//
//   0              RingControl: capacity, then tail and head on cache lines of their own
//   kDataOffset    capacity bytes of records; capacity is a power of two
//
// A record is an 8-byte header and the payload, padded to 8 bytes; it never wraps. Where it would,
// a padding record fills the space to the end and the record starts over at the front. Byte order
// is the host's: a block never leaves its machine. It holds no pointers, so it can be mapped
// anywhere. Header word:
//
//   bits 0..31 payload bytes · bits 32..55 file id · bits 56..62 RecordKind, never 0 · bit 63
//   committed
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "tbx/base/cache_line.h"

namespace tbx {

enum class RecordKind : std::uint8_t {
  kPadding = 1,  // nothing; skips to the end of the ring
  kWhole = 2,    // one event
  kFirst = 3,    // an event larger than max_payload_bytes() comes in pieces, in this order
  kMiddle = 4,
  kLast = 5,
};

constexpr bool is_known(RecordKind kind) noexcept {
  return kind >= RecordKind::kPadding && kind <= RecordKind::kLast;
}

struct RingRecord {
  RecordKind kind;
  std::uint32_t file_id;
  std::span<const std::byte> payload;
};

// `Position` counts bytes modulo its range.
template <typename Position>
struct RingControl {
  std::uint64_t capacity;
  // Bit 0 is the closed mark: positions are multiples of 8, and sharing the word makes "closed" and
  // "reserved" one decision, so no record can slip in behind the last one that the drain waits for.
  alignas(kCacheLineBytes) std::atomic<Position> tail;
  // Everything before `consumed` is in the event files; everything before `head` is zeroed as well.
  // They differ only while the drain is zeroing, which must not look like records to whoever finds
  // the block of a dead process.
  alignas(kCacheLineBytes) std::atomic<Position> head;
  std::atomic<Position> consumed;

  static constexpr std::size_t kDataOffset = 3 * kCacheLineBytes;
};
using DefaultRingControl = RingControl<std::uint64_t>;
static_assert(sizeof(DefaultRingControl) == DefaultRingControl::kDataOffset);
static_assert(offsetof(DefaultRingControl, head) - offsetof(DefaultRingControl, tail) >=
                  kCacheLineBytes,
              "producers and drain would fight over one cache line");
static_assert(std::is_trivially_destructible_v<DefaultRingControl>,
              "a dead process runs no destructor on its block");
static_assert(std::atomic<std::uint64_t>::is_always_lock_free,
              "a lock would live outside the block");

inline constexpr std::size_t kRingHeaderBytes = 8;
inline constexpr std::size_t kRingAlignment = 8;
inline constexpr std::uint32_t kMaxFileId = (1u << 24) - 1;
inline constexpr std::uint64_t kCommittedBit = std::uint64_t{1} << 63;
inline constexpr unsigned kClosedMark = 1;

// Bytes that a record of `payload_bytes` takes up in the ring.
constexpr std::size_t ring_record_bytes(std::size_t payload_bytes) noexcept {
  return (kRingHeaderBytes + payload_bytes + kRingAlignment - 1) & ~(kRingAlignment - 1);
}

constexpr std::uint64_t pack_ring_header(RecordKind kind, std::uint32_t file_id,
                                         std::size_t payload_bytes) noexcept {
  return static_cast<std::uint64_t>(kind) << 56 | static_cast<std::uint64_t>(file_id) << 32 |
         payload_bytes;
}

// The record whose header word is `header` and whose payload starts at `payload`.
inline RingRecord unpack_ring_header(std::uint64_t header, const std::byte* payload) noexcept {
  return {static_cast<RecordKind>((header & ~kCommittedBit) >> 56),
          static_cast<std::uint32_t>(header >> 32) & kMaxFileId,
          {payload, static_cast<std::uint32_t>(header)}};
}

}  // namespace tbx
