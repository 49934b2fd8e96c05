// Salvage of a block with any content finds what the naive walk finds, and nothing outside.
#include <doctest/doctest.h>

#include "fuzz/fuzz_target.h"
#include "queue/test_ring.h"
#include "tbx/queue/ring_salvage.h"

namespace tbx_fuzz {
namespace {

using Control = tbx::DefaultRingControl;

struct Found {
  std::uint64_t header;
  Bytes payload;
  bool operator==(const Found&) const = default;
};

// Over the words between the two positions, laid out in a row.
std::vector<Found> naive_salvage(std::uint64_t capacity, std::uint64_t consumed, std::uint64_t tail,
                                 std::span<const std::byte> data) {
  std::vector<Found> found;
  if (capacity != data.size() || capacity < 8 || (capacity & (capacity - 1)) != 0) return found;
  tail -= tail % 2;
  if (tail - consumed > capacity || tail % 8 != 0 || consumed % 8 != 0) return found;
  Bytes row;
  for (std::uint64_t at = consumed; at != tail; ++at) row.push_back(data[at % capacity]);
  for (std::size_t at = 0; at < row.size();) {
    std::uint64_t header;
    std::memcpy(&header, &row[at], 8);
    const std::uint64_t payload = header % (std::uint64_t{1} << 32);
    const std::uint64_t record = (payload + 15) / 8 * 8;
    const std::uint64_t kind = header >> 56 & 0x7f;
    if (header == 0) {
      at += 8;
      continue;
    }
    const std::uint64_t to_end = capacity - (consumed + at) % capacity;
    if (kind < 1 || kind > 5 || record > row.size() - at || record > to_end) break;
    if (header >> 63 != 0 && kind != 1) {
      const auto begin = row.begin() + static_cast<std::ptrdiff_t>(at + 8);
      found.push_back({header, Bytes(begin, begin + static_cast<std::ptrdiff_t>(payload))});
    }
    at += record;
  }
  return found;
}

}  // namespace

std::vector<Bytes> seeds() {
  std::vector<Bytes> seeds;
  for (const std::size_t start : {0u, 40u, 200u}) {
    tbx_test::TestRing<std::uint64_t> ring(256);
    ring.start_at(start);
    while (ring.push(tbx_test::random_bytes(ring.used_bytes() % 23), 1, tbx::RecordKind::kFirst)) {
    }
    // As check() takes it apart: size, capacity, consumed, tail, then the words.
    const std::uint64_t words[] = {256, start, ring.tail_position()};
    Bytes seed = {std::byte{5}};
    const auto numbers = std::as_bytes(std::span(words));
    seed.insert(seed.end(), numbers.begin(), numbers.end());
    seed.insert(seed.end(), ring.data().begin(), ring.data().end());
    seeds.push_back(seed);
  }
  return seeds;
}

void check(std::span<const std::byte> bytes) {
  Input input(bytes);
  const auto size = input.number<std::uint8_t>();
  // Mostly powers of two.
  const std::size_t data_size = size < 128 ? std::size_t{8} << (size % 8) : size;
  const tbx_test::AlignedBlock block(Control::kDataOffset + data_size);
  auto& control = *reinterpret_cast<Control*>(block.bytes().data());
  control.capacity = input.number<std::uint64_t>();
  control.consumed = input.number<std::uint64_t>();
  control.tail = input.number<std::uint64_t>();
  const auto data = block.bytes().subspan(Control::kDataOffset);
  std::ranges::copy(input.take(data.size()), data.begin());

  std::vector<Found> found;
  tbx::salvage_ring(block.bytes(), [&](const tbx::RingRecord& record) {
    found.push_back({tbx::kCommittedBit |
                         tbx::pack_ring_header(record.kind, record.file_id, record.payload.size()),
                     Bytes(record.payload.begin(), record.payload.end())});
  });
  const bool same = found == naive_salvage(control.capacity, control.consumed, control.tail, data);
  REQUIRE(same);
}

}  // namespace tbx_fuzz
