// How a masked CRC is printed.
#include "tbx/crc/masked_crc.h"

#include <array>
#include <cstdio>
#include <ostream>

namespace tbx {

std::string MaskedCrc::to_string() const {
  std::array<char, sizeof "0x01234567"> text;
  std::snprintf(text.data(), text.size(), "0x%08x", bits_);
  return text.data();
}

std::ostream& operator<<(std::ostream& out, MaskedCrc crc) { return out << crc.to_string(); }

}  // namespace tbx
