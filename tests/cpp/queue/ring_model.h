// What a ring should do, told by a std::deque and positions that never wrap: takes random steps
// with a real ring and compares after each. Also makes the blocks that a killed process leaves.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <random>
#include <vector>

#include "queue/test_ring.h"
#include "support/test_bytes.h"

namespace tbx_test {

struct ModelRecord {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  tbx::RecordKind kind = tbx::RecordKind::kPadding;
  std::uint32_t file_id = 0;
  Bytes payload;
  bool committed = false;

  bool is_padding() const { return kind == tbx::RecordKind::kPadding; }
  bool matches(const tbx::RingRecord& record) const {
    return record.kind == kind && record.file_id == file_id &&
           std::ranges::equal(record.payload, payload);
  }
};

template <typename Position, typename Random = std::mt19937>
class RingModel {
 public:
  explicit RingModel(Random random, std::size_t capacity = test_capacity<Position>())
      : ring_(capacity), random_(random) {
    ring_.start_at(in_ring(0));
  }

  void step() {
    switch (random_() % 8) {
      case 0:
      case 1:
      case 2:
        reserve(random_size());
        break;
      case 3:
      case 4:
        commit_one();
        break;
      case 5:
        read_all();
        break;
      case 6:
        release_some();
        break;
      case 7:
        if (random_() % 8 == 0) toggle_closed();
        break;
    }
    check();
  }

  // Bytes that went through the ring.
  std::uint64_t travelled() const { return head_; }

  // The block as a process could leave it that is killed now, with producers inside a reservation
  // and perhaps the drain inside release_to(); and what is to be found in it.
  AlignedBlock killed_block(std::vector<ModelRecord>& expected) {
    AlignedBlock block = ring_.block;
    const auto data = block.bytes().subspan(ring_.kDataOffset);
    std::uint64_t consumed = head_;
    if (random_() % 2 == 0) {
      consumed = some_boundary_before_cursor();
      auto& control = *reinterpret_cast<tbx::RingControl<Position>*>(block.bytes().data());
      control.consumed = in_ring(consumed);
      // memset promises no order.
      for (std::uint64_t at = head_; at != consumed; ++at) {
        if (random_() % 2 == 0) data[at % data.size()] = std::byte{0};
      }
    }
    expected.clear();
    for (std::size_t i = 0; i < records_.size(); ++i) {
      const ModelRecord& record = records_[i];
      if (record.begin < consumed || record.is_padding()) continue;
      if (record.committed) {
        expected.push_back(record);
        continue;
      }
      const auto bytes = bytes_of(data, record);
      if (coin()) {
        // Killed in the payload.
        const std::size_t written = random_() % (bytes.size() - tbx::kRingHeaderBytes + 1);
        std::ranges::fill(bytes.subspan(tbx::kRingHeaderBytes + written), std::byte{0});
        continue;
      }
      // Killed before the store of the header, perhaps before that of the padding as well.
      std::ranges::fill(bytes, std::byte{0});
      if (i == 0 || !records_[i - 1].is_padding() || coin()) continue;
      std::ranges::fill(bytes_of(data, records_[i - 1]), std::byte{0});
    }
    return block;
  }

 private:
  using Slot = typename TestRing<Position>::Slot;

  // The model counts from 0; the ring's positions start a few rounds before they wrap.
  Position in_ring(std::uint64_t position) const {
    return static_cast<Position>(position - std::uint64_t{4} * ring_.capacity());
  }

  static std::span<std::byte> bytes_of(std::span<std::byte> data, const ModelRecord& record) {
    return data.subspan(record.begin % data.size(), record.end - record.begin);
  }

  bool coin() { return random_() % 2 == 0; }

  // One step of a linear congruential generator a byte: a record is cheaper than a std::mt19937.
  Bytes some_payload(std::size_t size) {
    auto state = static_cast<std::uint32_t>(random_());
    Bytes payload(size);
    for (std::byte& byte : payload) {
      state = state * 1664525u + 1013904223u;
      byte = static_cast<std::byte>(state >> 24);
    }
    return payload;
  }

  std::size_t random_size() {
    const std::size_t max = ring_.max_payload_bytes();
    return coin() ? random_() % (max + 1) : random_() % std::min<std::size_t>(max + 1, 17);
  }

  void reserve(std::size_t size) {
    const std::uint64_t capacity = ring_.capacity();
    const std::uint64_t need = (size + 15) / 8 * 8;
    const std::uint64_t to_end = capacity - tail_ % capacity;
    const std::uint64_t skipped = need > to_end ? to_end : 0;
    const bool fits = tail_ + skipped + need - head_ <= capacity;
    ModelRecord record{tail_ + skipped,
                       tail_ + skipped + need,
                       static_cast<tbx::RecordKind>(2 + random_() % 4),
                       static_cast<std::uint32_t>(random_() & tbx::kMaxFileId),
                       some_payload(size),
                       false};
    Slot slot;
    const tbx::ReserveResult result = ring_.try_reserve(record.kind, record.file_id, size, slot);
    if (closed_ || !fits) {
      REQUIRE(result == (closed_ ? tbx::ReserveResult::kClosed : tbx::ReserveResult::kFull));
      return;
    }
    REQUIRE(result == tbx::ReserveResult::kReserved);
    REQUIRE(slot.payload == &ring_.data()[record.begin % capacity] + tbx::kRingHeaderBytes);
    const std::uint64_t quarter = capacity / 4;
    REQUIRE(slot.crossed_quarter == (tail_ / quarter != record.end / quarter));
    if (skipped != 0) {
      records_.push_back({tail_, record.begin, tbx::RecordKind::kPadding, 0, {}, true});
    }
    tail_ = record.end;
    std::ranges::copy(record.payload, slot.payload);
    open_slots_.push_back({slot, record.begin});
    records_.push_back(std::move(record));
  }

  void commit_one() {
    if (open_slots_.empty()) return;
    const auto chosen =
        open_slots_.begin() + static_cast<std::ptrdiff_t>(random_() % open_slots_.size());
    const auto [slot, begin] = *chosen;
    ring_.commit(slot);
    std::ranges::find(records_, begin, &ModelRecord::begin)->committed = true;
    open_slots_.erase(chosen);
  }

  void read_all() {
    tbx::RingRecord found;
    Position cursor = in_ring(cursor_);
    for (const ModelRecord& record : records_) {
      if (record.begin < cursor_) continue;
      REQUIRE(record.begin == cursor_);
      if (record.is_padding()) {
        cursor_ = record.end;
        continue;
      }
      const bool is_read = ring_.read(cursor, found);
      REQUIRE(is_read == record.committed);
      if (!is_read) break;
      REQUIRE(record.matches(found));
      cursor_ = record.end;
    }
    REQUIRE(!ring_.read(cursor, found));
    REQUIRE(cursor == in_ring(cursor_));
  }

  std::uint64_t some_boundary_before_cursor() {
    std::vector<std::uint64_t> boundaries = {head_};
    for (const ModelRecord& record : records_) {
      if (record.end <= cursor_) boundaries.push_back(record.end);
    }
    return boundaries[random_() % boundaries.size()];
  }

  void release_some() {
    head_ = coin() ? cursor_ : some_boundary_before_cursor();
    ring_.release_to(in_ring(head_));
    while (!records_.empty() && records_.front().end <= head_) records_.pop_front();
    // Free space is all zero: where the next header goes, nobody has written yet.
    const std::span<const std::byte> data = ring_.data();
    auto all = std::byte{0};
    for (std::uint64_t at = tail_; at != head_ + data.size(); ++at) all |= data[at % data.size()];
    REQUIRE(all == std::byte{0});
  }

  void toggle_closed() {
    closed_ = !closed_;
    closed_ ? ring_.close() : ring_.reopen();
  }

  void check() const {
    REQUIRE(ring_.used_bytes() == tail_ - head_);
    REQUIRE(ring_.tail_position() == in_ring(tail_));
    REQUIRE(ring_.head_position() == in_ring(head_));
  }

  TestRing<Position> ring_;
  Random random_;
  std::deque<ModelRecord> records_;  // from head_ to tail_, paddings included
  struct OpenSlot {
    Slot slot;
    std::uint64_t begin;
  };
  std::vector<OpenSlot> open_slots_;
  std::uint64_t tail_ = 0;
  std::uint64_t head_ = 0;
  std::uint64_t cursor_ = 0;
  bool closed_ = false;
};

}  // namespace tbx_test
