// Reads records back: for recovery, for tests, and to follow a file that is still being written.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "tbx/base/byte_buffer.h"
#include "tbx/record/byte_source.h"
#include "tbx/record/record_format.h"

namespace tbx {

enum class ReadStatus {
  // A whole record with right CRCs.
  kRecord,
  // The source ends behind a whole record. A later call goes on if it has grown.
  kEnd,
  // The source ends inside a record. A later call resumes exactly there if it has grown.
  kTruncated,
  // The header is damaged, so nobody knows where the next record starts: the stream is lost.
  kBadLengthCrc,
  // The payload or its CRC is damaged. The next call goes on with the following record.
  kBadPayloadCrc,
  // The header is sound but announces more than the reader's limit: the stream is given up.
  kTooLarge,
};

// What the status means, in words for a message.
std::string_view describe(ReadStatus status) noexcept;

struct ReadResult {
  ReadStatus status;
  // Where the record starts, in bytes from the start of the source. For kEnd and kTruncated: the
  // length of everything before, to which a torn file may be cut back.
  std::uint64_t offset;
  // For kRecord and kBadPayloadCrc, until the next call; empty otherwise.
  std::span<const std::byte> payload;
};

class RecordReader {
 public:
  // The first window: large enough to make read(2) cheap per byte, small enough for any L2 cache.
  static constexpr std::size_t kWindowBytes = 256 * 1024;

  // `source` must outlive the reader, which reads ahead. No limit goes beyond kMaxPayloadBytes.
  // The window is at least a header long.
  explicit RecordReader(ByteSource& source, std::uint64_t max_payload_bytes = kMaxPayloadBytes,
                        std::size_t window_bytes = kWindowBytes)
      : source_(source),
        max_payload_bytes_(std::min(max_payload_bytes, kMaxPayloadBytes)),
        window_bytes_(window_bytes) {}

  // After kBadLengthCrc or kTooLarge every call returns the same. Throws ErrorException if the
  // source fails, and loses nothing by that: the next call tries again.
  ReadResult next();

 private:
  // Reads until the window holds `bytes`; false if the source has no more now.
  bool fill(std::size_t bytes);
  void make_room();

  ByteSource& source_;
  std::uint64_t max_payload_bytes_;
  std::size_t window_bytes_;
  // The window [begin_, end_) of memory_ was read ahead; it starts at offset_ of the source.
  ByteBuffer memory_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t offset_ = 0;
};

}  // namespace tbx
