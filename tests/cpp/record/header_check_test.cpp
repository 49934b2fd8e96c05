// The table of short lengths' CRCs, against the CRCs that frame_record() computes.
#include "tbx/record/header_check.h"

#include <doctest/doctest.h>

#include "support/test_bytes.h"
#include "tbx/record/record_framer.h"

TEST_CASE("the header of a record is sound, and none with a flipped bit") {
  for (std::size_t length = 0; length < 600; ++length) {
    tbx_test::Bytes record(tbx::framed_size(length));
    tbx::frame_record(record.data(), tbx_test::Bytes(length));
    REQUIRE(tbx::is_sound_header(record.data()));
    for (std::size_t bit = 0; bit < 8 * tbx::kHeaderBytes; ++bit) {
      tbx_test::Bytes damaged = record;
      damaged[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
      REQUIRE_FALSE(tbx::is_sound_header(damaged.data()));
    }
  }
}
