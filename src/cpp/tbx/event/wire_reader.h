// Protobuf wire format, reading side: one field at a time over bytes that are not trusted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "tbx/base/endian.h"
#include "tbx/event/wire.h"

namespace tbx::wire {

struct Field {
  std::uint32_t number = 0;
  WireType type = WireType::kVarint;
  std::uint64_t varint = 0;              // kVarint
  std::span<const std::byte> content{};  // kBytes, kFixed64, kFixed32

  bool is(std::uint32_t wanted, WireType wanted_type) const {
    return number == wanted && type == wanted_type;
  }
  double as_double() const { return std::bit_cast<double>(load_le<std::uint64_t>(content.data())); }
  float as_float() const { return std::bit_cast<float>(load_le<std::uint32_t>(content.data())); }
};

class Reader {
 public:
  explicit Reader(std::span<const std::byte> message) : message_(message) {}

  // False at the end, and where the bytes are no field: then problem() is not empty.
  bool next(Field& field) {
    if (!problem_.empty()) return false;
    start_ = position_;
    if (position_ == message_.size()) return false;
    std::uint64_t tag, length = 0;
    if (!read_varint(tag, kLongestTag) || tag >> 3 == 0 || tag >> 32 != 0) {
      return fail("no protobuf field");
    }
    field.number = static_cast<std::uint32_t>(tag >> 3);
    field.type = static_cast<WireType>(tag & 7);
    switch (field.type) {
      case WireType::kVarint:
        if (!read_varint(field.varint, kLongestVarint)) return fail("a varint without end");
        break;
      case WireType::kFixed64:
        length = 8;
        break;
      case WireType::kBytes:
        if (!read_varint(length, kLongestTag)) return fail("a length without end");
        break;
      case WireType::kFixed32:
        length = 4;
        break;
      default:
        return fail("an unknown wire type");
    }
    if (length > message_.size() - position_) return fail("a field that ends behind its message");
    field.content = message_.subspan(position_, static_cast<std::size_t>(length));
    position_ += static_cast<std::size_t>(length);
    return true;
  }

  std::string_view problem() const { return problem_; }
  // Where the last field, or the problem, starts.
  std::size_t position() const { return start_; }

 private:
  bool fail(std::string_view problem) {
    problem_ = problem;
    return false;
  }

  // Bytes. Protobuf's parsers, TensorBoard's among them, refuse a tag or a length of more than
  // five, even where the rest of it is zeros.
  static constexpr unsigned kLongestTag = 5;
  static constexpr unsigned kLongestVarint = 10;

  // False if it does not end within the message or in `longest` bytes.
  bool read_varint(std::uint64_t& value, unsigned longest) {
    value = 0;
    for (unsigned shift = 0; shift < 7 * longest && position_ < message_.size(); shift += 7) {
      const auto byte = static_cast<std::uint64_t>(message_[position_++]);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return true;
    }
    return false;
  }

  std::span<const std::byte> message_;
  std::size_t position_ = 0;
  std::size_t start_ = 0;
  std::string_view problem_;
};

}  // namespace tbx::wire
