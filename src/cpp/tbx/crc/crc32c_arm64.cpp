// CRC-32C by ARMv8's CRC instructions: optional in ARMv8.0, in every CPU since ARMv8.1.
//
// One stream only: three would be faster on long inputs, but records are mostly short.
// Only `extend` may hold such instructions; crc32c_sse42.cpp says why not the whole file.
#if defined(__aarch64__)

#include <arm_acle.h>
#include <sys/auxv.h>

#include "tbx/base/endian.h"
#include "tbx/crc/crc32c_backend.h"

namespace tbx {
namespace {

// Bit 7 of AT_HWCAP: HWCAP_CRC32 of Linux's arch/arm64/include/uapi/asm/hwcap.h.
constexpr unsigned long kHwcapCrc32 = 1ul << 7;

bool usable() noexcept { return (getauxval(AT_HWCAP) & kHwcapCrc32) != 0; }

[[gnu::target("+crc")]] std::uint32_t extend(std::uint32_t crc,
                                             std::span<const std::byte> bytes) noexcept {
  const std::byte* in = bytes.data();
  std::size_t left = bytes.size();
  std::uint32_t state = ~crc;
  for (; left >= 8; in += 8, left -= 8) state = __crc32cd(state, load_le<std::uint64_t>(in));
  for (; left != 0; ++in, --left) state = __crc32cb(state, std::to_integer<std::uint8_t>(*in));
  return ~state;
}

}  // namespace

constinit const Crc32cBackend kCrc32cArm64 = {"arm64", &usable, &extend};

}  // namespace tbx

#endif
