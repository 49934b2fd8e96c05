// Events that say who sent them and in which place of his events, and that notice a changed byte.
#pragma once

#include <doctest/doctest.h>

#include <compare>
#include <cstdint>
#include <cstring>
#include <map>
#include <span>
#include <vector>

#include "support/test_bytes.h"

namespace tbx_test {

struct EventNumber {
  std::uint32_t producer = 0;
  std::uint32_t number = 0;
  friend auto operator<=>(const EventNumber&, const EventNumber&) = default;
};

// `size` >= 8 bytes: producer, number, then bytes that follow from both.
inline Bytes numbered_event(std::uint32_t producer, std::uint32_t number, std::size_t size = 8) {
  Bytes event(size);
  std::memcpy(event.data(), &producer, 4);
  std::memcpy(event.data() + 4, &number, 4);
  std::uint32_t state = producer * 2'654'435'761u + number;
  for (std::size_t i = 8; i < size; ++i) {
    state = state * 1'664'525u + 1'013'904'223u;  // Numerical Recipes' generator
    event[i] = static_cast<std::byte>(state >> 24);
  }
  return event;
}

// Who sent it; requires that not a byte of it has changed.
inline EventNumber number_of(std::span<const std::byte> event) {
  REQUIRE(event.size() >= 8);
  EventNumber number;
  std::memcpy(&number.producer, event.data(), 4);
  std::memcpy(&number.number, event.data() + 4, 4);
  const bool unchanged =
      std::ranges::equal(event, numbered_event(number.producer, number.number, event.size()));
  REQUIRE(unchanged);
  return number;
}

inline std::vector<EventNumber> numbers_of(const std::vector<Bytes>& events) {
  std::vector<EventNumber> numbers;
  for (const Bytes& event : events) numbers.push_back(number_of(event));
  return numbers;
}

// 0 .. count - 1 of one producer.
inline std::vector<EventNumber> numbers(std::uint32_t producer, std::uint32_t count) {
  std::vector<EventNumber> numbers;
  for (std::uint32_t i = 0; i < count; ++i) numbers.push_back({producer, i});
  return numbers;
}

// Requires that each producer's events come once and in order, and counts them.
class ProducerOrder {
 public:
  void add(const EventNumber& event) {
    std::uint32_t& next = next_[event.producer];
    REQUIRE(event.number == next);
    ++next;
  }
  void add_all(const std::vector<EventNumber>& events) {
    for (const EventNumber& event : events) add(event);
  }
  // Events by producer.
  const std::map<std::uint32_t, std::uint32_t>& counts() const { return next_; }

 private:
  std::map<std::uint32_t, std::uint32_t> next_;
};

}  // namespace tbx_test
