// Files of records that a fuzzer can write although it cannot guess a CRC, and the plainest reader
// of them.
#pragma once

#include <vector>

#include "fuzz/fuzz_target.h"
#include "tbx/base/endian.h"
#include "tbx/record/record_framer.h"
#include "tbx/record/record_reader.h"

namespace tbx_fuzz {

// A byte at a time, by a table made from the definition.
class TableCrc32c {
 public:
  TableCrc32c() {
    for (unsigned i = 0; i < 256; ++i) {
      table_[i] = i;
      for (int bit = 0; bit < 8; ++bit) {
        table_[i] = (table_[i] >> 1) ^ (table_[i] % 2 != 0 ? 0x82f63b78u : 0);
      }
    }
  }
  std::uint32_t of(std::span<const std::byte> bytes) const {
    std::uint32_t state = 0xffffffffu;
    for (const std::byte byte : bytes) {
      state = (state >> 8) ^ table_[(state ^ std::to_integer<std::uint32_t>(byte)) % 256];
    }
    return ~state;
  }

 private:
  std::uint32_t table_[256];
};

inline std::uint32_t naive_masked_crc(std::span<const std::byte> bytes) {
  static const TableCrc32c table;
  const std::uint32_t crc = table.of(bytes);
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}

// What `input` asks for: records, sound headers, bytes of its own, damage.
inline Bytes scripted_file(Input& input) {
  Bytes file;
  file.reserve(1024);
  while (!input.is_empty() && file.size() < 4096) {
    const auto order = input.number<std::uint8_t>();
    const std::size_t at = file.size();
    switch (order % 5) {
      case 0: {  // bytes of its own
        const auto raw = input.take(order / 5);
        file.insert(file.end(), raw.begin(), raw.end());
        break;
      }
      case 1: {  // a record
        const auto payload = input.take(order / 5);
        file.resize(at + tbx::framed_size(payload.size()));
        tbx::frame_record(&file[at], payload);
        break;
      }
      case 2:  // a sound header of any length
        file.resize(at + tbx::kHeaderBytes);
        tbx::store_le(&file[at], input.number<std::uint64_t>());
        tbx::store_le(&file[at + tbx::kLengthBytes],
                      naive_masked_crc(std::span(file).subspan(at, tbx::kLengthBytes)));
        break;
      case 3:  // a flipped bit
        if (at != 0) {
          file[input.number<std::uint16_t>() % at] ^= std::byte{1} << (order / 5 % 8);
        }
        break;
      case 4: {  // a long record of one byte
        const Bytes payload(input.number<std::uint16_t>() % 1000, static_cast<std::byte>(order));
        file.resize(at + tbx::framed_size(payload.size()));
        tbx::frame_record(&file[at], payload);
        break;
      }
    }
  }
  return file;
}

struct NaiveRecord {
  tbx::ReadStatus status;
  std::size_t offset;
  std::span<const std::byte> payload;
};

// The verdict on the record at `offset`, as record_format.h describes it.
inline NaiveRecord naive_record(std::span<const std::byte> file, std::size_t offset,
                                std::uint64_t limit) {
  using tbx::ReadStatus;
  const auto rest = file.subspan(offset);
  if (rest.empty()) return {ReadStatus::kEnd, offset, {}};
  if (rest.size() < 12) return {ReadStatus::kTruncated, offset, {}};
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < 8; ++i) length |= std::to_integer<std::uint64_t>(rest[i]) << 8 * i;
  const auto word_at = [&](std::size_t at) {
    std::uint32_t word = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      word |= std::to_integer<std::uint32_t>(rest[at + i]) << 8 * i;
    }
    return word;
  };
  if (word_at(8) != naive_masked_crc(rest.first(8))) return {ReadStatus::kBadLengthCrc, offset, {}};
  if (length > limit) return {ReadStatus::kTooLarge, offset, {}};
  if (rest.size() - 12 < length || rest.size() - 12 - length < 4) {
    return {ReadStatus::kTruncated, offset, {}};
  }
  const auto payload = rest.subspan(12, length);
  const bool is_sound = word_at(12 + length) == naive_masked_crc(payload);
  return {is_sound ? ReadStatus::kRecord : ReadStatus::kBadPayloadCrc, offset, payload};
}

inline bool goes_on(tbx::ReadStatus status) {
  return status == tbx::ReadStatus::kRecord || status == tbx::ReadStatus::kBadPayloadCrc;
}

}  // namespace tbx_fuzz
