// Memory for a ring: zeroed, aligned, and zero again when asked.
#include "tbx/queue/ring_memory.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <new>

#include "tbx/base/cache_line.h"

namespace {

bool is_zero(std::span<const std::byte> block) {
  return std::ranges::all_of(block, [](std::byte byte) { return byte == std::byte{0}; });
}

}  // namespace

TEST_CASE("a block is as long as asked, zeroed and aligned") {
  tbx::RingMemory memory(10'000);
  CHECK(memory.block().size() == 10'000);
  CHECK(reinterpret_cast<std::uintptr_t>(memory.block().data()) % tbx::kCacheLineBytes == 0);
  CHECK(is_zero(memory.block()));
}

TEST_CASE("zeroing keeps the address and drops the content") {
  tbx::RingMemory memory(100'000);
  std::memset(memory.block().data(), 1, memory.block().size());
  const std::byte* before = memory.block().data();
  memory.zero();
  CHECK(memory.block().data() == before);
  CHECK(memory.block().size() == 100'000);
  CHECK(is_zero(memory.block()));
}

TEST_CASE("more memory than there is, is refused") {
  CHECK_THROWS_AS(tbx::RingMemory(std::numeric_limits<std::size_t>::max() / 2), std::bad_alloc);
}
