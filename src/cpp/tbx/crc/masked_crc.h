// The masked CRC-32C that a record stores, as a type that cannot be mixed up with a plain CRC.
//
// Why a record does not store the CRC itself: "it is problematic to compute the CRC of a string
// that contains embedded CRCs" (LevelDB, util/crc32c.h, where the mask comes from; TFRecord took it
// over): a CRC computed over a message followed by its own CRC comes out as one constant, whatever
// the message.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <span>
#include <string>

#include "tbx/crc/crc32c.h"

namespace tbx {

class MaskedCrc {
 public:
  static MaskedCrc of(std::span<const std::byte> bytes) noexcept { return mask(crc32c(bytes)); }

  // From the CRC of the bytes.
  static constexpr MaskedCrc mask(std::uint32_t crc) noexcept {
    return MaskedCrc(std::rotr(crc, 15) + kMaskDelta);
  }

  // From the value found in a file.
  static constexpr MaskedCrc from_bits(std::uint32_t bits) noexcept { return MaskedCrc(bits); }

  // The value to put into a file.
  constexpr std::uint32_t bits() const noexcept { return bits_; }

  friend constexpr bool operator==(MaskedCrc, MaskedCrc) noexcept = default;

  // "0x" and eight hexadecimal digits.
  std::string to_string() const;

 private:
  static constexpr std::uint32_t kMaskDelta = 0xa282ead8;  // LevelDB, util/crc32c.h

  explicit constexpr MaskedCrc(std::uint32_t bits) noexcept : bits_(bits) {}

  std::uint32_t bits_;
};

std::ostream& operator<<(std::ostream& out, MaskedCrc crc);

}  // namespace tbx
