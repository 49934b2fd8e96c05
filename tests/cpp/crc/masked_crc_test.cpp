#include "tbx/crc/masked_crc.h"

#include <doctest/doctest.h>

#include <cstring>
#include <set>
#include <sstream>
#include <type_traits>

#include "support/test_bytes.h"
#include "tbx/base/endian.h"

using tbx::MaskedCrc;
using tbx_test::Bytes;

static_assert(!std::is_convertible_v<MaskedCrc, std::uint32_t>);
static_assert(!std::is_convertible_v<std::uint32_t, MaskedCrc>);
static_assert(!std::is_constructible_v<MaskedCrc, std::uint32_t>);
static_assert(sizeof(MaskedCrc) == sizeof(std::uint32_t) &&
              std::is_trivially_copyable_v<MaskedCrc>);

// /usr/bin/env python3 -c "from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import
// masked_crc32c as m print(*(hex(m(x)) for x in (b'123456789', b'', bytes(8))))"
// (tensorboard 2.21.0)
TEST_CASE("masked CRCs are those of TensorBoard") {
  CHECK(MaskedCrc::of(tbx_test::bytes_of("123456789")).bits() == 0xc78ab0e5u);
  CHECK(MaskedCrc::of({}).bits() == 0xa282ead8u);
  CHECK(MaskedCrc::of(Bytes(8)).bits() == 0x07980329u);
}

TEST_CASE("bits survive the way through a file") {
  const MaskedCrc crc = MaskedCrc::of(tbx_test::bytes_of("payload"));
  CHECK(MaskedCrc::from_bits(crc.bits()) == crc);
  CHECK(MaskedCrc::from_bits(crc.bits() ^ 1u) != crc);
}

TEST_CASE("a masked CRC prints as zero-padded hex") {
  CHECK(MaskedCrc::from_bits(0x42).to_string() == "0x00000042");
  CHECK(MaskedCrc::from_bits(0xfffffffeu).to_string() == "0xfffffffe");
  std::ostringstream out;
  out << MaskedCrc::from_bits(0xc78ab0e5u);
  CHECK(out.str() == "0xc78ab0e5");
}

TEST_CASE("a message followed by its CRC always has the same CRC; the mask prevents that") {
  std::set<std::uint32_t> plain, masked;
  for (unsigned seed = 0; seed < 10; ++seed) {
    Bytes message = tbx_test::random_bytes(40, seed);
    const std::uint32_t crc = tbx::crc32c(message);
    message.resize(44);
    tbx::store_le(&message[40], crc);
    plain.insert(tbx::crc32c(message));
    tbx::store_le(&message[40], MaskedCrc::mask(crc).bits());
    masked.insert(tbx::crc32c(message));
  }
  CHECK(plain.size() == 1);
  CHECK(masked.size() == 10);
}
