#include "tbx/queue/ring_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>

namespace tbx {
namespace {

// MADV_POPULATE_WRITE, which headers older than Linux 5.14 lack. Kernels older than that refuse it,
// and pages come when they are first written.
constexpr int kPopulateWrite = 23;

}  // namespace

RingMemory::RingMemory(std::size_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  block_ = {static_cast<std::byte*>(memory), bytes};
}

void RingMemory::populate_to(std::size_t end) noexcept {
  // In steps, so that the system call is rare; of whole pages on every machine.
  constexpr std::size_t kStep = 64 * 1024;
  end = std::min((end + kStep - 1) / kStep * kStep, block_.size());
  if (end <= populated_) return;
  madvise(block_.data() + populated_, end - populated_, kPopulateWrite);
  populated_ = end;
}

void RingMemory::zero() {
  void* memory = mmap(block_.data(), block_.size(), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  populated_ = 0;
}

RingMemory::~RingMemory() { munmap(block_.data(), block_.size()); }

}  // namespace tbx
