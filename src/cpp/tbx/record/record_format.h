// The record: one framed payload of a TFRecord file, which is nothing but records back to back.
//
//   offset  bytes  field
//   0       8      n, the payload's length: unsigned, little-endian
//   8       4      masked CRC of those 8 bytes, little-endian    (offsets 0 to 11 are the header)
//   12      n      payload: one serialized event
//   12 + n  4      masked CRC of the payload, little-endian      (the footer)
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "tbx/base/endian.h"
#include "tbx/crc/masked_crc.h"

namespace tbx {

inline constexpr std::size_t kLengthBytes = sizeof(std::uint64_t);
inline constexpr std::size_t kMaskedCrcBytes = sizeof(std::uint32_t);
inline constexpr std::size_t kHeaderBytes = kLengthBytes + kMaskedCrcBytes;
inline constexpr std::size_t kFooterBytes = kMaskedCrcBytes;
inline constexpr std::size_t kRecordOverheadBytes = kHeaderBytes + kFooterBytes;
static_assert(kHeaderBytes == 12 && kRecordOverheadBytes == 16);

// 2 GiB - 1: protobuf's limit on a serialized message (protobuf.dev, "Proto Limits"), so no reader
// of events could parse more.
inline constexpr std::uint64_t kMaxPayloadBytes = (std::uint64_t{1} << 31) - 1;

// Whether the masked CRC at `stored` is that of `bytes`.
inline bool crc_matches(const std::byte* stored, std::span<const std::byte> bytes) noexcept {
  return MaskedCrc::from_bits(load_le<std::uint32_t>(stored)) == MaskedCrc::of(bytes);
}

}  // namespace tbx
