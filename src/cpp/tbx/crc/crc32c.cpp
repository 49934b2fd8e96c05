// Dispatch of CRC-32C to one back end, and nothing else.
#include "tbx/crc/crc32c.h"

#include <cstdlib>

#include "tbx/crc/crc32c_backend.h"

namespace tbx {
namespace {

const Crc32cChoice& active() noexcept {
  static const Crc32cChoice choice =
      choose_crc32c_backend(crc32c_backends(), std::getenv("TBX_NATIVE_CRC32C"));
  return choice;
}

}  // namespace

std::uint32_t crc32c(std::span<const std::byte> bytes) noexcept {
  return active().backend.extend(0, bytes);
}

std::uint32_t crc32c_extend(std::uint32_t crc, std::span<const std::byte> bytes) noexcept {
  return active().backend.extend(crc, bytes);
}

std::string_view crc32c_backend() noexcept { return active().backend.name; }

std::string_view crc32c_backend_problem() noexcept { return active().problem.data(); }

}  // namespace tbx
