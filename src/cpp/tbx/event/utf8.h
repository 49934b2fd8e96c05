// Whether bytes are UTF-8.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace tbx {

// As protobuf's parsers check strings: no overlong forms, no surrogates, nothing beyond U+10FFFF.
inline bool is_utf8(std::span<const std::byte> text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<std::uint32_t>(text[i++]);
    if (lead < 0x80) continue;
    const int more = lead < 0xc0 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : lead < 0xf8 ? 3 : 0;
    if (more == 0 || text.size() - i < static_cast<std::size_t>(more)) return false;
    std::uint32_t code = lead & (0x3fu >> more);
    for (int k = 0; k < more; ++k) {
      const auto byte = static_cast<std::uint32_t>(text[i++]);
      if ((byte & 0xc0) != 0x80) return false;
      code = code << 6 | (byte & 0x3f);
    }
    constexpr std::array<std::uint32_t, 4> kLeast = {0, 0x80, 0x800, 0x10000};
    if (code < kLeast[static_cast<std::size_t>(more)] || code > 0x10ffff ||
        (code >= 0xd800 && code <= 0xdfff)) {
      return false;
    }
  }
  return true;
}

}  // namespace tbx
