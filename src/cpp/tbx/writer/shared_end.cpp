#include "tbx/writer/shared_end.h"

#include <sys/mman.h>

#include <new>

namespace tbx {

void SharedEnd::share(std::uint64_t end) noexcept {
  if (word_.load(std::memory_order_relaxed) != nullptr) return;
  void* memory =
      mmap(nullptr, sizeof(Word), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return;
  // release: the drain, which may be writing, finds `end` in it. Pairs with load() and store().
  word_.store(new (memory) Word(end), std::memory_order_release);
}

void SharedEnd::forget() noexcept {
  // relaxed: whoever writes the file, or ends it, is alone with what it finds here.
  Word* word = word_.exchange(nullptr, std::memory_order_relaxed);
  if (word != nullptr) munmap(word, sizeof(Word));
}

}  // namespace tbx
