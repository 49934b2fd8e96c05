#include "tbx/queue/ring_memory.h"

#include <sys/mman.h>

#include <new>

namespace tbx {

RingMemory::RingMemory(std::size_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  block_ = {static_cast<std::byte*>(memory), bytes};
}

void RingMemory::zero() {
  void* memory = mmap(block_.data(), block_.size(), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
}

RingMemory::~RingMemory() { munmap(block_.data(), block_.size()); }

}  // namespace tbx
