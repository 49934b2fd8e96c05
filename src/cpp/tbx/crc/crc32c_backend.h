// What a CRC-32C back end is, which ones this build holds, and the rule by which one is chosen.
//
// To add one: a crc32c_<name>.cpp that defines its Crc32cBackend, a declaration here, an entry in
// crc32c_backends(). The tests and the benchmark walk that list.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace tbx {

struct Crc32cBackend {
  std::string_view name;
  // May the running CPU execute `extend`? Runs on every CPU of the architecture itself.
  bool (*usable)() noexcept;
  // As tbx::crc32c_extend; only where usable() says so.
  std::uint32_t (*extend)(std::uint32_t crc, std::span<const std::byte> bytes) noexcept;
};

extern const Crc32cBackend kCrc32cPortable;
#if defined(__x86_64__)
extern const Crc32cBackend kCrc32cSse42;
#elif defined(__aarch64__)
extern const Crc32cBackend kCrc32cArm64;
#endif

// Those compiled into this build, the fastest first; the last one is usable everywhere.
std::span<const Crc32cBackend* const> crc32c_backends() noexcept;

struct Crc32cChoice {
  Crc32cBackend backend;
  // A NUL-terminated sentence if `forced` could not be obeyed, else "". Not a std::string: choosing
  // happens inside crc32c(), which must not throw for want of memory.
  std::array<char, 256> problem = {};
};

// The candidate named `forced`, if it is usable; else the first usable candidate. `forced` may be
// null or empty: no wish. The last candidate is taken without asking.
Crc32cChoice choose_crc32c_backend(std::span<const Crc32cBackend* const> candidates,
                                   const char* forced) noexcept;

}  // namespace tbx
