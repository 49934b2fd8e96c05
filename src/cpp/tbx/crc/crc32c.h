// CRC-32C (Castagnoli), a record's checksum, by the fastest back end this CPU has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace tbx {

std::uint32_t crc32c(std::span<const std::byte> bytes) noexcept;

// The CRC of a ++ bytes, where `crc` is the CRC of a (0 if a is empty).
std::uint32_t crc32c_extend(std::uint32_t crc, std::span<const std::byte> bytes) noexcept;

// The back end in use: "portable", "sse42" or "arm64". Chosen at the first call of any function
// here, then kept; the environment variable TBX_NATIVE_CRC32C=<name> forces one.
std::string_view crc32c_backend() noexcept;

// One sentence for the user if TBX_NATIVE_CRC32C asks for a back end that cannot be used, naming
// the one used instead; empty otherwise. A CRC cannot fail, so whoever loads the core has to ask.
std::string_view crc32c_backend_problem() noexcept;

}  // namespace tbx
