// Whether a record's header is sound, without a CRC where the payload is short: half of what a scan
// has to checksum of small events, in calls, is their lengths.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "tbx/base/endian.h"
#include "tbx/crc/crc32c_polynomial.h"
#include "tbx/crc/masked_crc.h"
#include "tbx/record/record_format.h"

namespace tbx {

// Of the lengths below 256, their masked CRCs. What seven zero bytes and the inversions at both
// ends contribute is the same for all.
inline constexpr auto kShortLengthCrcs = [] {
  const std::uint32_t inverted = crc32c_multiply(~0u, crc32c_power_of_x(8 * kLengthBytes));
  std::array<std::uint32_t, 256> crcs{};
  const Crc32cRow row = crc32c_row(kLengthBytes);
  for (std::size_t length = 0; length < crcs.size(); ++length) {
    crcs[length] = MaskedCrc::mask(~(inverted ^ row[length])).bits();
  }
  return crcs;
}();

inline bool is_sound_header(const std::byte* header) noexcept {
  const auto length = load_le<std::uint64_t>(header);
  if (length >= kShortLengthCrcs.size()) {
    return crc_matches(header + kLengthBytes, {header, kLengthBytes});
  }
  return load_le<std::uint32_t>(header + kLengthBytes) == kShortLengthCrcs[length];
}

}  // namespace tbx
