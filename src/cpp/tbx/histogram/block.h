// A run of packed values, the unit in which tensors are counted, and how to read one of its values.
#pragma once

#include <cstddef>
#include <cstring>

namespace tbx {

// Large enough that the cost of a block fades, small enough that a block, its widened copy and the
// counters stay in a 32 KiB first-level cache together.
inline constexpr std::size_t kBlockValues = 1024;

// Values need not be aligned.
struct Block {
  const std::byte* values;
  std::size_t count;
};

template <typename T>
T load_packed(const std::byte* address) {
  T value;
  std::memcpy(&value, address, sizeof value);
  return value;
}

}  // namespace tbx
