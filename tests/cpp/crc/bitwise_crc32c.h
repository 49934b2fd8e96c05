// The oracle of the CRC tests: CRC-32C bit by bit, straight from its definition, sharing no code
// with the core.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace tbx_test {

class BitwiseCrc32c {
 public:
  BitwiseCrc32c& add(std::span<const std::byte> bytes) {
    for (const std::byte byte : bytes) {
      state_ ^= std::to_integer<std::uint32_t>(byte);
      for (int bit = 0; bit < 8; ++bit) {
        const bool carry = (state_ & 1u) != 0;
        state_ >>= 1;
        if (carry) state_ ^= 0x82f63b78u;
      }
    }
    return *this;
  }
  std::uint32_t value() const { return state_ ^ 0xffffffffu; }

 private:
  std::uint32_t state_ = 0xffffffffu;
};

}  // namespace tbx_test
