// Puts large events together again, as the drain does: a test's drain for a queue.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "support/test_bytes.h"
#include "tbx/queue/event_queue.h"

namespace tbx_test {

class Reassembly {
 public:
  using Visitor = std::function<void(std::uint32_t file_id, std::span<const std::byte> event)>;

  Reassembly(tbx::EventQueue& queue, Visitor visit)
      : queue_(queue), visit_(std::move(visit)), cursor_(queue.ring().head_position()) {}

  // Visits what the next record completes and gives its space back; false if there is none.
  bool next() {
    tbx::RingRecord record;
    if (!queue_.ring().read(cursor_, record)) return false;
    if (record.kind == tbx::RecordKind::kFirst) pieces_.clear();
    pieces_.insert(pieces_.end(), record.payload.begin(), record.payload.end());
    if (record.kind == tbx::RecordKind::kWhole) {
      pieces_.resize(pieces_.size() - record.payload.size());
      visit_(record.file_id, record.payload);
    } else if (record.kind == tbx::RecordKind::kLast) {
      visit_(record.file_id, pieces_);
      pieces_.clear();
    }
    queue_.release_to(cursor_);
    return true;
  }

 private:
  tbx::EventQueue& queue_;
  Visitor visit_;
  std::uint64_t cursor_;
  Bytes pieces_;
};

}  // namespace tbx_test
