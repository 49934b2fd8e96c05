// CRC-32C by the crc32 instruction of SSE 4.2, three streams at a time (Gopal et al., "Fast CRC
// Computation for iSCSI Polynomial Using CRC32 Instruction", Intel 323405, 2011).
//
// Only the functions marked target("sse4.2") may hold such instructions. Compiling the whole file
// with -msse4.2 instead would let the linker keep this file's copy of some shared inline function,
// and a CPU without SSE 4.2 would meet it far away from here.
#if defined(__x86_64__)

#include <nmmintrin.h>

#include <cstring>

#include "tbx/crc/crc32c_backend.h"
#include "tbx/crc/crc32c_polynomial.h"

namespace tbx {
namespace {

// crc32q takes 3 cycles but a new one can start in each, so three independent streams run in the
// time of one. Joining them costs eight look-ups, hence the large pieces first, and no streams at
// all for short inputs.
constexpr std::size_t kLargeStreamBytes = 1024;
constexpr std::size_t kSmallStreamBytes = 128;
static_assert(kLargeStreamBytes % 8 == 0 && kSmallStreamBytes % 8 == 0);

// Moves a state past `kBytes` zero bytes: row k serves byte k of the state.
template <std::size_t kBytes>
std::uint32_t skip_zeros(std::uint32_t state) noexcept {
  static constexpr std::array<Crc32cRow, 4> kTable = {
      crc32c_row(kBytes), crc32c_row(kBytes - 1), crc32c_row(kBytes - 2), crc32c_row(kBytes - 3)};
  return kTable[0][state & 0xff] ^ kTable[1][state >> 8 & 0xff] ^ kTable[2][state >> 16 & 0xff] ^
         kTable[3][state >> 24];
}

template <typename T>
T load(const std::byte* in) noexcept {
  T value;
  std::memcpy(&value, in, sizeof value);
  return value;
}

// Takes 3 * kStreamBytes off the front as long as there are that many.
template <std::size_t kStreamBytes>
[[gnu::target("sse4.2")]] std::uint32_t take_triples(std::uint32_t state, const std::byte*& in,
                                                     std::size_t& left) noexcept {
  for (; left >= 3 * kStreamBytes; left -= 3 * kStreamBytes) {
    std::uint64_t first = state, second = 0, third = 0;
    for (const std::byte* end = in + kStreamBytes; in != end; in += 8) {
      first = _mm_crc32_u64(first, load<std::uint64_t>(in));
      second = _mm_crc32_u64(second, load<std::uint64_t>(in + kStreamBytes));
      third = _mm_crc32_u64(third, load<std::uint64_t>(in + 2 * kStreamBytes));
    }
    in += 2 * kStreamBytes;
    state = skip_zeros<kStreamBytes>(static_cast<std::uint32_t>(first));
    state = skip_zeros<kStreamBytes>(state ^ static_cast<std::uint32_t>(second));
    state ^= static_cast<std::uint32_t>(third);
  }
  return state;
}

bool usable() noexcept { return __builtin_cpu_supports("sse4.2") != 0; }

[[gnu::target("sse4.2")]] std::uint32_t extend(std::uint32_t crc,
                                               std::span<const std::byte> bytes) noexcept {
  const std::byte* in = bytes.data();
  std::size_t left = bytes.size();
  std::uint32_t state = ~crc;
  if (left >= 3 * kSmallStreamBytes) {
    state = take_triples<kLargeStreamBytes>(state, in, left);
    state = take_triples<kSmallStreamBytes>(state, in, left);
  }
  std::uint64_t wide = state;  // crc32q leaves its upper half zero
  for (; left >= 8; in += 8, left -= 8) wide = _mm_crc32_u64(wide, load<std::uint64_t>(in));
  state = static_cast<std::uint32_t>(wide);
  if ((left & 4) != 0) {
    state = _mm_crc32_u32(state, load<std::uint32_t>(in));
    in += 4;
  }
  if ((left & 2) != 0) {
    state = _mm_crc32_u16(state, load<std::uint16_t>(in));
    in += 2;
  }
  if ((left & 1) != 0) state = _mm_crc32_u8(state, load<std::uint8_t>(in));
  return ~state;
}

}  // namespace

constinit const Crc32cBackend kCrc32cSse42 = {"sse42", &usable, &extend};

}  // namespace tbx

#endif
