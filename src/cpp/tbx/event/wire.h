// Protobuf wire format, writing side: sizes first, then bytes into memory that is known to be large
// enough.
//
// Source: https://protobuf.dev/programming-guides/encoding/. A field is a tag varint (field number
// << 3 | wire type) and its value. Writers here never check for space; callers reserve what the
// matching *_size() said.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "tbx/base/endian.h"

namespace tbx::wire {

enum class WireType : std::uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

constexpr std::uint32_t field_tag(std::uint32_t field, WireType type) {
  return field << 3 | static_cast<std::uint32_t>(type);
}

// Seven bits a byte: 1 byte below 128, 10 for a negative int64.
constexpr std::size_t varint_size(std::uint64_t value) {
  // 9/64 in place of 1/7, which is right for all 64 widths and takes a shift.
  return (static_cast<std::size_t>(std::bit_width(value | 1)) * 9 + 64) / 64;
}

constexpr std::size_t tag_size(std::uint32_t field) { return varint_size(field << 3); }

// Size of a length-delimited field: tag, length, content.
constexpr std::size_t bytes_field_size(std::uint32_t field, std::size_t content) {
  return tag_size(field) + varint_size(content) + content;
}

// A string field that proto3 omits when it is empty.
constexpr std::size_t optional_string_size(std::uint32_t field, std::string_view text) {
  return text.empty() ? 0 : bytes_field_size(field, text.size());
}

// proto3 omits a double whose bits are all zero; -0.0 has one set and is written.
constexpr bool is_omitted(double value) { return std::bit_cast<std::uint64_t>(value) == 0; }

constexpr std::size_t optional_double_size(std::uint32_t field, double value) {
  return is_omitted(value) ? 0 : tag_size(field) + sizeof value;
}

class Writer {
 public:
  explicit Writer(std::byte* out) : out_(out) {}

  std::byte* position() const { return out_; }

  void varint(std::uint64_t value) {
    while (value >= 0x80) {
      *out_++ = static_cast<std::byte>(value | 0x80);
      value >>= 7;
    }
    *out_++ = static_cast<std::byte>(value);
  }

  void tag(std::uint32_t field, WireType type) { varint(field_tag(field, type)); }

  void varint_field(std::uint32_t field, std::uint64_t value) {
    tag(field, WireType::kVarint);
    varint(value);
  }

  void double_field(std::uint32_t field, double value) {
    tag(field, WireType::kFixed64);
    fixed64(value);
  }

  void optional_double_field(std::uint32_t field, double value) {
    if (!is_omitted(value)) double_field(field, value);
  }

  void float_field(std::uint32_t field, float value) {
    tag(field, WireType::kFixed32);
    fixed32(value);
  }

  // Tag and length; the caller writes `content` bytes next.
  void bytes_header(std::uint32_t field, std::size_t content) {
    tag(field, WireType::kBytes);
    varint(content);
  }

  void string_field(std::uint32_t field, std::string_view text) {
    bytes_header(field, text.size());
    raw(text.data(), text.size());
  }

  void optional_string_field(std::uint32_t field, std::string_view text) {
    if (!text.empty()) string_field(field, text);
  }

  void fixed64(double value) {
    store_le(out_, std::bit_cast<std::uint64_t>(value));
    out_ += 8;
  }

  // Many of them. Not one by one: the compiler must assume that what is stored changes `out_`.
  void fixed64s(std::span<const double> values) {
    store_le(out_, values.data(), values.size());
    out_ += values.size_bytes();
  }

  void fixed32(float value) {
    store_le(out_, std::bit_cast<std::uint32_t>(value));
    out_ += 4;
  }

  void raw(const void* bytes, std::size_t count) {
    if (count != 0) std::memcpy(out_, bytes, count);
    out_ += count;
  }

 private:
  std::byte* out_;
};

}  // namespace tbx::wire
