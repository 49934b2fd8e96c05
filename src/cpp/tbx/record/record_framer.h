// Turns payloads into records, in memory.
#pragma once

#include <cstddef>
#include <span>

#include "tbx/record/record_format.h"

namespace tbx {

constexpr std::size_t framed_size(std::size_t payload_bytes) {
  return payload_bytes + kRecordOverheadBytes;
}

// Writes the record of `payload` at `out`: framed_size(payload.size()) bytes, which must not
// overlap the payload. That the payload is no larger than kMaxPayloadBytes is for whoever accepts
// events to see to.
void frame_record(std::byte* out, std::span<const std::byte> payload) noexcept;

// The bytes of the longest run of whole records at the front of `frames` that is no longer than
// `limit`. `frames` are records back to back as frame_record wrote them; their CRCs are not looked
// at. After a short write of `limit` bytes this is the length to which the file must be cut back.
std::size_t whole_records_prefix(std::span<const std::byte> frames, std::size_t limit) noexcept;

}  // namespace tbx
