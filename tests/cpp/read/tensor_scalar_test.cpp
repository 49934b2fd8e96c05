// The number of a scalar tensor, in every way that writers have to put it.
#include "tbx/read/tensor_scalar.h"

#include <doctest/doctest.h>

#include <initializer_list>

#include "support/test_bytes.h"

using tbx::decode_tensor_scalar;
using tbx_test::Bytes;

namespace {

Bytes message(std::initializer_list<int> values) {
  Bytes bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

double value_of(std::initializer_list<int> tensor) {
  const auto scalar = decode_tensor_scalar(message(tensor));
  REQUIRE(scalar);
  return scalar->value;
}

}  // namespace

TEST_CASE("numbers of all types") {
  CHECK(value_of({8, 1, 0x2a, 4, 0, 0, 0xc0, 0x3f}) == 1.5);              // float_val
  CHECK(value_of({8, 1, 0x22, 4, 0, 0, 0xc0, 0x3f}) == 1.5);              // tensor_content
  CHECK(value_of({8, 1, 0x2d, 0, 0, 0xc0, 0x3f}) == 1.5);                 // not packed
  CHECK(value_of({8, 2, 0x32, 8, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f}) == 1.5);  // double_val
  CHECK(value_of({8, 3, 0x3a, 1, 7}) == 7);                               // int_val
  CHECK(value_of({8, 9, 0x52, 10, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1}) == -1);
  CHECK(value_of({8, 19, 0x6a, 2, 0x80, 0x7c}) == 1.5);  // half_val 0x3e00
  CHECK(value_of({8, 14, 0x22, 2, 0xc0, 0x3f}) == 1.5);  // bfloat16
  CHECK(value_of({8, 1}) == 0);                          // left out
  CHECK(value_of({8, 1, 0x12, 4, 0x12, 2, 8, 1, 0x2a, 4, 0, 0, 0xc0, 0x3f}) == 1.5);  // shape (1,)
}

TEST_CASE("what is no number") {
  for (const Bytes& tensor :
       {message({8, 7, 0x42, 1, 'a'}), message({8, 1, 0x2a, 8, 0, 0, 0, 0, 0, 0, 0, 0}),
        message({8, 1, 0x12, 4, 0x12, 2, 8, 2}), message({8, 1, 0x2a, 9}),
        message({8, 3, 0x3a, 2, 1, 2})}) {
    CHECK_FALSE(decode_tensor_scalar(tensor));
  }
}
