// The ring as a state machine: whatever is done in whatever order, it agrees with a std::deque, and
// so does salvage after every step.
#include <doctest/doctest.h>

#include "fuzz/fuzz_target.h"
#include "queue/ring_model.h"
#include "tbx/queue/ring_salvage.h"

namespace tbx_fuzz {
namespace {

// The input in place of random numbers.
struct Choices {
  Input* input;
  std::uint32_t operator()() { return input->number<std::uint16_t>(); }
};

template <typename Position>
void run(Input& input) {
  // Small: a few records fill it and wrap it.
  constexpr std::size_t kCapacity = 128;
  tbx_test::RingModel<Position, Choices> model(Choices{&input}, kCapacity);
  std::vector<tbx_test::ModelRecord> expected;
  while (!input.is_empty()) {
    for (auto steps = input.number<std::uint8_t>(); steps != 0 && !input.is_empty(); --steps) {
      model.step();
    }
    const tbx_test::AlignedBlock block = model.killed_block(expected);
    std::size_t count = 0;
    tbx::salvage_ring<Position>(block.bytes(), [&](const tbx::RingRecord& record) {
      const bool is_next = count < expected.size() && expected[count].matches(record);
      REQUIRE(is_next);
      ++count;
    });
    REQUIRE(count == expected.size());
  }
}

}  // namespace

std::vector<Bytes> seeds() {
  std::vector<Bytes> seeds;
  for (unsigned seed = 0; seed < 12; ++seed) seeds.push_back(tbx_test::random_bytes(100, seed));
  return seeds;
}

void check(std::span<const std::byte> bytes) {
  Input input(bytes);
  switch (input.number<std::uint8_t>() % 3) {
    case 0:
      return run<std::uint8_t>(input);
    case 1:
      return run<std::uint16_t>(input);
    case 2:
      return run<std::uint64_t>(input);
  }
}

}  // namespace tbx_fuzz
