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

  // Makes everything before `end` resident, whatever is in it, where it was not asked for before. A
  // hint: it may do nothing. One thread at a time.
  void populate_to(std::size_t end) noexcept;

  // Drops the content, and the pages with it.
  void zero();

  std::span<std::byte> block() const noexcept { return block_; }

 private:
  std::span<std::byte> block_;
  std::size_t populated_ = 0;
};

}  // namespace tbx
