// What every fuzz target is made of: inputs to begin with, and a check of one input, which uses
// doctest's REQUIRE. fuzz_main.cpp is the way from libFuzzer to them.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "support/test_bytes.h"

namespace tbx_fuzz {

using tbx_test::Bytes;

// Each target defines both.
std::vector<Bytes> seeds();
void check(std::span<const std::byte> input);

// Takes an input apart from its beginning; behind its end come zeros.
class Input {
 public:
  explicit Input(std::span<const std::byte> bytes) : left_(bytes) {}

  bool is_empty() const { return left_.empty(); }

  template <typename Number>
  Number number() {
    Number value{};
    const auto bytes = take(sizeof value);
    if (!bytes.empty()) std::memcpy(&value, bytes.data(), bytes.size());
    return value;
  }

  // At most `count` bytes.
  std::span<const std::byte> take(std::size_t count) {
    const auto taken = left_.first(std::min(count, left_.size()));
    left_ = left_.subspan(taken.size());
    return taken;
  }

 private:
  std::span<const std::byte> left_;
};

}  // namespace tbx_fuzz
