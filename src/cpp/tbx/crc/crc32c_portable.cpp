// CRC-32C by table look-up, eight bytes at a time, on any CPU ("slicing-by-8": Kounavis and Berry,
// "A Systematic Approach to Building High Performance Software-Based CRC Generators", 2005).
#include "tbx/base/endian.h"
#include "tbx/crc/crc32c_backend.h"
#include "tbx/crc/crc32c_polynomial.h"

namespace tbx {
namespace {

constexpr std::size_t kSlices = 8;

// kTable[k][v]: what byte v contributes once it and k more bytes have gone by.
constexpr std::array<Crc32cRow, kSlices> kTable = [] {
  std::array<Crc32cRow, kSlices> table{};
  for (std::size_t k = 0; k < kSlices; ++k) table[k] = crc32c_row(k + 1);
  return table;
}();
static_assert(kTable[0][1] == 0xf26b8303, "as in SCTP's CRC-32C table (RFC 4960, appendix B)");

bool usable() noexcept { return true; }

std::uint32_t extend(std::uint32_t crc, std::span<const std::byte> bytes) noexcept {
  const std::byte* in = bytes.data();
  std::size_t left = bytes.size();
  std::uint32_t state = ~crc;
  for (; left >= kSlices; in += kSlices, left -= kSlices) {
    const std::uint64_t word = load_le<std::uint64_t>(in) ^ state;
    state = kTable[7][word & 0xff] ^ kTable[6][word >> 8 & 0xff] ^ kTable[5][word >> 16 & 0xff] ^
            kTable[4][word >> 24 & 0xff] ^ kTable[3][word >> 32 & 0xff] ^
            kTable[2][word >> 40 & 0xff] ^ kTable[1][word >> 48 & 0xff] ^ kTable[0][word >> 56];
  }
  for (; left != 0; ++in, --left) {
    state = kTable[0][(state ^ std::to_integer<std::uint32_t>(*in)) & 0xff] ^ (state >> 8);
  }
  return ~state;
}

}  // namespace

constinit const Crc32cBackend kCrc32cPortable = {"portable", &usable, &extend};

}  // namespace tbx
