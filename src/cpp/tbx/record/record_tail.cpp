#include "tbx/record/record_tail.h"

#include "tbx/record/record_reader.h"

namespace tbx {

RecordTail read_record_tail(const std::string& path, std::uint64_t offset,
                            const std::function<void(std::span<const std::byte>)>& visit) {
  FileSource source(path, offset);
  RecordReader reader(source);
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
