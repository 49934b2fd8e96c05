// Reads what is left in the ring of a process that died.
#pragma once

#include <bit>
#include <cstring>

#include "tbx/queue/ring_layout.h"

namespace tbx {

// Calls visit(const RingRecord&) for every committed record of `block`, in order. The block must
// not be written any more; its content is not trusted. Records that were being written when the
// owner died are skipped, not guessed.
template <typename Position = std::uint64_t, typename Visitor>
void salvage_ring(std::span<const std::byte> block, Visitor visit) {
  constexpr std::size_t kDataOffset = RingControl<Position>::kDataOffset;
  if (block.size() <= kDataOffset) return;
  const auto* control = reinterpret_cast<const RingControl<Position>*>(block.data());
  const std::size_t capacity = block.size() - kDataOffset;
  const std::byte* data = block.data() + kDataOffset;
  // relaxed: the owner's stores ended with the owner.
  Position cursor = control->consumed.load(std::memory_order_relaxed);
  const auto tail =
      static_cast<Position>(control->tail.load(std::memory_order_relaxed) & ~Position{kClosedMark});
  std::size_t left = static_cast<Position>(tail - cursor);
  // Not a ring. A capacity that is no power of two, of a file cut short for instance, would make
  // the offsets below lead outside.
  if (control->capacity != capacity || !std::has_single_bit(capacity) ||
      capacity < kRingAlignment || left > capacity || (cursor | left) % kRingAlignment != 0)
    return;
  while (left != 0) {
    const std::size_t offset = cursor & (capacity - 1);
    std::uint64_t header;
    std::memcpy(&header, data + offset, sizeof header);
    std::size_t step = kRingAlignment;  // zeros: a producer died before its first store
    if (header != 0) {
      const RingRecord record = unpack_ring_header(header, data + offset + kRingHeaderBytes);
      step = ring_record_bytes(record.payload.size());
      if (step > left || step > capacity - offset || !is_known(record.kind))
        return;  // not a record, so nothing behind it is one either
      if ((header & kCommittedBit) != 0 && record.kind != RecordKind::kPadding) visit(record);
    }
    cursor = static_cast<Position>(cursor + step);
    left -= step;
  }
}

}  // namespace tbx
