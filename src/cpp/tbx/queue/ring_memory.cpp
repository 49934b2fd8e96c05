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

void RingMemory::populate(std::size_t begin, std::size_t end) noexcept {
  constexpr std::size_t kPage = 64 * 1024;  // of any machine; madvise wants whole ones
  begin = begin / kPage * kPage;
  end = std::min((end + kPage - 1) / kPage * kPage, block_.size());
  if (begin < end) madvise(block_.data() + begin, end - begin, kPopulateWrite);
}

void RingMemory::allow_readahead() noexcept { madvise(block_.data(), block_.size(), MADV_NORMAL); }

void RingMemory::zero() {
  void* memory = mmap(block_.data(), block_.size(), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
}

RingMemory::~RingMemory() { munmap(block_.data(), block_.size()); }

}  // namespace tbx
