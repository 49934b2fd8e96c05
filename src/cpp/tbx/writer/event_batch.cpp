#include "tbx/writer/event_batch.h"

#include <algorithm>

#include "tbx/record/record_format.h"
#include "tbx/record/record_framer.h"

namespace tbx {

Error EventBatch::collect(EventQueue& queue, const FindFile& find_file) {
  const std::uint64_t start = cursor_;
  Error error = error_of([&]() -> Error {
    RingRecord record;
    std::uint64_t after = cursor_;
    while (cursor_ - start < kBatchBytes && queue.ring().read(after, record)) {
      dispatch(record, queue, find_file);
      cursor_ = after;
    }
    return {};
  });
  forget_written();
  return cursor_ == start ? error : Error{};
}

void EventBatch::dispatch(const RingRecord& record, EventQueue& queue, const FindFile& find_file) {
  switch (record.kind) {
    case RecordKind::kWhole:
      add(record.file_id, record.payload, queue, find_file);
      break;
    case RecordKind::kFirst:
      pieces_.clear();
      pieces_.append(record.payload);
      break;
    // Without a first one, in a child that was forked between them, they are no event.
    case RecordKind::kMiddle:
      if (!pieces_.empty()) pieces_.append(record.payload);
      break;
    case RecordKind::kLast: {
      if (pieces_.empty()) {
        queue.count_dropped();
        break;
      }
      const std::size_t before = pieces_.size();
      pieces_.append(record.payload);
      try {
        add(record.file_id, pieces_.bytes(), queue, find_file);
      } catch (...) {
        pieces_.truncate(before);  // the last piece comes again
        throw;
      }
      pieces_.clear();
      pieces_.shrink_to(kBatchBytes);
      break;
    }
    case RecordKind::kPadding:
      break;
  }
}

void EventBatch::add(std::uint32_t file_id, std::span<const std::byte> payload, EventQueue& queue,
                     const FindFile& find_file) {
  // Nearly always the file of the event before: the table and its mutex are for the others.
  if (pending_.empty() || file_id != last_file_id_) {
    std::shared_ptr<EventFile> file = find_file(file_id);
    if (file == nullptr) {
      queue.count_dropped();  // appended behind the flush that closed its file
      return;
    }
    if (!file->has_pending()) {
      files_.emplace_back(file_id, file);
      pending_.push_back(file);
    }
    last_file_id_ = file_id;
    last_file_ = file.get();
  }
  last_file_->add(payload);
  ++events_;
  bytes_ += framed_size(payload.size());
}

Error EventBatch::write(FailureLatch& failures) {
  Error first;
  for (const auto& file : pending_) {
    Error error = error_of([&file] { return file->write_pending(); });
    if (Error notice = file->take_notice()) failures.tell(notice);
    if (error && !first) first = std::move(error);
  }
  forget_written();
  return first;
}

void EventBatch::forget_written() noexcept {
  std::erase_if(pending_, [](const auto& file) { return !file->has_pending(); });
}

void EventBatch::clear() noexcept {
  files_.clear();
  events_ = bytes_ = 0;
}

}  // namespace tbx
