// Where the records of a file end, in a word that forked processes share.
#pragma once

#include <atomic>
#include <cstdint>

namespace tbx {

// Without it each process would have to read what the others have appended since, to find out
// whether one of them was killed while it wrote: eight processes read every record eight times.
class SharedEnd {
 public:
  SharedEnd() = default;
  ~SharedEnd() { forget(); }
  SharedEnd(const SharedEnd&) = delete;
  SharedEnd& operator=(const SharedEnd&) = delete;

  // Before a fork: what `end` becomes from here on, this process and its children know together.
  // Does nothing where it is shared already, nor where there is no memory.
  void share(std::uint64_t end) noexcept;

  // This process goes by what it knows itself, from here on.
  void forget() noexcept;

  // Whole records have ended there, in bytes; 0: nothing is known.
  std::uint64_t load() const noexcept {
    const Word* word = word_.load(std::memory_order_acquire);  // pairs with share()
    return word == nullptr ? 0 : word->load(std::memory_order_relaxed);
  }

  // Only who holds the file's lock may, which also orders the stores of several processes.
  void store(std::uint64_t end) noexcept {
    Word* word = word_.load(std::memory_order_acquire);  // pairs with share()
    if (word != nullptr) word->store(end, std::memory_order_relaxed);
  }

 private:
  using Word = std::atomic<std::uint64_t>;
  static_assert(Word::is_always_lock_free, "a lock would be another one in each process");

  std::atomic<Word*> word_{nullptr};
};

}  // namespace tbx
