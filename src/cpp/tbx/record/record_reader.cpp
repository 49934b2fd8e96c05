// The reader's window over its source, and the verdict on each record.
#include "tbx/record/record_reader.h"

#include <algorithm>
#include <cstring>

#include "tbx/base/endian.h"
#include "tbx/record/header_check.h"

namespace tbx {

std::string_view describe(ReadStatus status) noexcept {
  switch (status) {
    case ReadStatus::kRecord:
      return "whole record";
    case ReadStatus::kEnd:
      return "end of the records";
    case ReadStatus::kTruncated:
      return "truncated record";
    case ReadStatus::kBadLengthCrc:
      return "length CRC does not match: nothing behind it can be read";
    case ReadStatus::kBadPayloadCrc:
      return "payload CRC does not match";
    case ReadStatus::kTooLarge:
      return "record larger than the reader's limit: nothing behind it can be read";
  }
  return "unknown";
}

ReadResult RecordReader::next() {
  if (!fill(kHeaderBytes)) {
    return {begin_ == end_ ? ReadStatus::kEnd : ReadStatus::kTruncated, offset_, {}};
  }
  const std::byte* header = memory_.data() + begin_;
  // Again and again, as the window stays here.
  if (!is_sound_header(header)) return {ReadStatus::kBadLengthCrc, offset_, {}};
  const std::uint64_t payload_bytes = load_le<std::uint64_t>(header);
  if (payload_bytes > max_payload_bytes_) return {ReadStatus::kTooLarge, offset_, {}};

  const std::size_t record_bytes = static_cast<std::size_t>(payload_bytes) + kRecordOverheadBytes;
  if (!fill(record_bytes)) return {ReadStatus::kTruncated, offset_, {}};
  const std::span<const std::byte> payload(memory_.data() + begin_ + kHeaderBytes,
                                           static_cast<std::size_t>(payload_bytes));
  const bool sound = crc_matches(payload.data() + payload.size(), payload);
  const ReadResult result{sound ? ReadStatus::kRecord : ReadStatus::kBadPayloadCrc, offset_,
                          payload};
  begin_ += record_bytes;
  offset_ += record_bytes;
  return result;
}

bool RecordReader::fill(std::size_t bytes) {
  while (end_ - begin_ < bytes) {
    make_room();
    const std::size_t count = source_.read({memory_.data() + end_, memory_.size() - end_});
    if (count == 0) return false;
    end_ += count;
  }
  return true;
}

// Makes room by what was read, never by what a length field announces: a hostile file may claim
// 2 GiB and hold 20 bytes. So memory_ stays below twice the window's bytes plus window_bytes_.
void RecordReader::make_room() {
  if (end_ < memory_.size()) {
    if (begin_ == end_) begin_ = end_ = 0;
    return;
  }
  const std::size_t held = end_ - begin_;
  if (held != 0 && begin_ != 0) std::memmove(memory_.data(), memory_.data() + begin_, held);
  begin_ = 0;
  end_ = held;
  if (memory_.size() - held < window_bytes_ / 2) {
    memory_.grow(std::max(memory_.size(), window_bytes_));
  }
}

}  // namespace tbx
