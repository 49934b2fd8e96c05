#include "tbx/base/byte_buffer.h"

#include <doctest/doctest.h>

#include <string>

using tbx::ByteBuffer;

namespace {
std::string text_of(const ByteBuffer& buffer) {
  return {reinterpret_cast<const char*>(buffer.data()), buffer.size()};
}
void append_text(ByteBuffer& buffer, const std::string& text) {
  buffer.append(std::as_bytes(std::span(text)));
}
}  // namespace

TEST_CASE("bytes survive growth") {
  ByteBuffer buffer;
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    append_text(buffer, std::to_string(i));
    expected += std::to_string(i);
  }
  CHECK(text_of(buffer) == expected);
}

TEST_CASE("consume drops from the front, truncate from the back") {
  ByteBuffer buffer;
  append_text(buffer, "0123456789");
  buffer.consume(3);
  CHECK(text_of(buffer) == "3456789");
  buffer.truncate(4);
  CHECK(text_of(buffer) == "3456");
  buffer.consume(99);
  CHECK(buffer.empty());
}

TEST_CASE("shrink_to gives memory back but never loses bytes") {
  ByteBuffer buffer;
  append_text(buffer, std::string(1000, 'x'));
  buffer.shrink_to(10);
  CHECK(buffer.size() == 1000);
  buffer.truncate(5);
  buffer.shrink_to(10);
  CHECK(buffer.capacity() == 10);
  CHECK(text_of(buffer) == "xxxxx");
}
