// The unit of cache coherence: fields written by different threads must not share one.
#pragma once

#include <cstddef>

namespace tbx {

// 64 bytes on every x86-64 and nearly every AArch64 server part.
// std::hardware_destructive_interference_size would say the same here, but its value may differ
// between two compilations of one layout.
inline constexpr std::size_t kCacheLineBytes = 64;

}  // namespace tbx
