// A ring in a block of its own, with the steps that tests take most.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>

#include "support/aligned_block.h"
#include "tbx/queue/event_ring.h"

namespace tbx_test {

// A power of two well below the range of Position, so that "full" and "empty" differ, and small
// enough for a test to go round often.
template <typename Position>
constexpr std::size_t test_capacity() {
  return std::min<std::size_t>(std::size_t{1} << (std::numeric_limits<Position>::digits - 1), 1024);
}

// A base, so that it is there before the ring is laid into it.
struct RingBlock {
  AlignedBlock block;
};

template <typename Position>
class TestRing : public RingBlock, public tbx::EventRing<Position> {
 public:
  using Ring = tbx::EventRing<Position>;
  using Slot = typename Ring::Slot;

  explicit TestRing(std::size_t capacity = test_capacity<Position>())
      : RingBlock{AlignedBlock(Ring::block_bytes(capacity))}, Ring(block.bytes()) {}
  TestRing(const TestRing&) = delete;
  TestRing& operator=(const TestRing&) = delete;

  tbx::RingControl<Position>& control() const {
    return *reinterpret_cast<tbx::RingControl<Position>*>(block.bytes().data());
  }
  std::span<std::byte> data() const { return block.bytes().subspan(Ring::kDataOffset); }

  // As if `position` bytes, a multiple of 8, had gone through the empty ring.
  void start_at(Position position) {
    control().tail = control().head = control().consumed = position;
  }

  // Reserves, fills and commits a record; false where there is no room.
  bool push(std::span<const std::byte> payload, std::uint32_t file_id = 0,
            tbx::RecordKind kind = tbx::RecordKind::kWhole) {
    Slot slot;
    if (this->try_reserve(kind, file_id, payload.size(), slot) != tbx::ReserveResult::kReserved) {
      return false;
    }
    if (!payload.empty()) std::memcpy(slot.payload, payload.data(), payload.size());
    this->commit(slot);
    return true;
  }

  // Reads and releases the next record's payload; false where there is none.
  bool pop(std::vector<std::byte>& payload) {
    Position cursor = this->head_position();
    tbx::RingRecord record;
    if (!this->read(cursor, record)) return false;
    payload.assign(record.payload.begin(), record.payload.end());
    this->release_to(cursor);
    return true;
  }
};

}  // namespace tbx_test
