// Framing, and walking over frames.
#include "tbx/record/record_framer.h"

#include <algorithm>
#include <cstring>

#include "tbx/base/endian.h"
#include "tbx/crc/masked_crc.h"

namespace tbx {

void frame_record(std::byte* out, std::span<const std::byte> payload) noexcept {
  store_le<std::uint64_t>(out, payload.size());
  store_le(out + kLengthBytes, MaskedCrc::of({out, kLengthBytes}).bits());
  out += kHeaderBytes;
  // An empty span may point nowhere, which memcpy does not allow even for 0 bytes.
  if (!payload.empty()) std::memcpy(out, payload.data(), payload.size());
  store_le(out + payload.size(), MaskedCrc::of(payload).bits());
}

std::size_t whole_records_prefix(std::span<const std::byte> frames, std::size_t limit) noexcept {
  const std::size_t end = std::min(frames.size(), limit);
  std::size_t whole = 0;
  while (end - whole >= kRecordOverheadBytes) {
    const std::uint64_t payload_bytes = load_le<std::uint64_t>(frames.data() + whole);
    if (payload_bytes > end - whole - kRecordOverheadBytes) break;
    whole += framed_size(payload_bytes);
  }
  return whole;
}

}  // namespace tbx
