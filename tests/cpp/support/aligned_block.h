// A block of memory for a ring: on a cache line, zeroed, and not a byte longer than asked, so that
// AddressSanitizer sees the first byte behind it.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <span>

#include "tbx/base/cache_line.h"

namespace tbx_test {

class AlignedBlock {
 public:
  explicit AlignedBlock(std::size_t size) : size_(size) {
    void* memory = nullptr;
    if (posix_memalign(&memory, tbx::kCacheLineBytes, size) != 0) throw std::bad_alloc();
    std::memset(memory, 0, size);
    bytes_.reset(static_cast<std::byte*>(memory));
  }
  AlignedBlock(const AlignedBlock& other) : AlignedBlock(other.size_) {
    std::memcpy(bytes_.get(), other.bytes_.get(), size_);
  }
  AlignedBlock(AlignedBlock&&) = default;

  std::span<std::byte> bytes() const { return {bytes_.get(), size_}; }

 private:
  struct Free {
    void operator()(std::byte* bytes) const { std::free(bytes); }
  };
  std::size_t size_;
  std::unique_ptr<std::byte[], Free> bytes_;
};

}  // namespace tbx_test
