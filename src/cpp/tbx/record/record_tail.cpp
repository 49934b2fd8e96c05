#include "tbx/record/record_tail.h"

#include "tbx/record/record_reader.h"

namespace tbx {
namespace {

// What a few others have appended meanwhile, or a killed process had not got marked.
constexpr std::size_t kWindowBytes = 32 * 1024;

}  // namespace

RecordTail read_record_tail(ByteSource& rest, std::uint64_t offset,
                            const std::function<void(std::span<const std::byte>)>& visit) {
  RecordReader reader(rest, kMaxPayloadBytes, kWindowBytes);
  for (;;) {
    const ReadResult result = reader.next();
    switch (result.status) {
      case ReadStatus::kRecord:
        if (visit) visit(result.payload);
        break;
      case ReadStatus::kBadPayloadCrc:
        break;
      case ReadStatus::kTruncated:
        return {offset + result.offset, true};
      case ReadStatus::kEnd:
      case ReadStatus::kBadLengthCrc:
      case ReadStatus::kTooLarge:
        return {offset + result.offset, false};
    }
  }
}

}  // namespace tbx
