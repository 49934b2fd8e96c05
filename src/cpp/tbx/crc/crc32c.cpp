// Dispatch of CRC-32C to one back end, and nothing else.
#include "tbx/crc/crc32c.h"

#include <atomic>
#include <cstdlib>

#include "tbx/crc/crc32c_backend.h"

namespace tbx {
namespace {

const Crc32cChoice& active() noexcept {
  static const Crc32cChoice choice =
      choose_crc32c_backend(crc32c_backends(), std::getenv("TBX_NATIVE_CRC32C"));
  return choice;
}

// From the first call on the back end's own: to ask active() takes as long as the CRC of 8 bytes.
constinit std::atomic<decltype(Crc32cBackend::extend)> active_extend{
    [](std::uint32_t crc, std::span<const std::byte> bytes) noexcept {
      const auto chosen = active().backend.extend;
      active_extend.store(chosen, std::memory_order_relaxed);
      return chosen(crc, bytes);
    }};

}  // namespace

std::uint32_t crc32c(std::span<const std::byte> bytes) noexcept { return crc32c_extend(0, bytes); }

std::uint32_t crc32c_extend(std::uint32_t crc, std::span<const std::byte> bytes) noexcept {
  return active_extend.load(std::memory_order_relaxed)(crc, bytes);
}

std::string_view crc32c_backend() noexcept { return active().backend.name; }

std::string_view crc32c_backend_problem() noexcept { return active().problem.data(); }

}  // namespace tbx
