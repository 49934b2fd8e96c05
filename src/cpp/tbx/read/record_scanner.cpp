#include "tbx/read/record_scanner.h"

#include <algorithm>

#include "tbx/base/endian.h"
#include "tbx/record/header_check.h"

namespace tbx {
namespace {

// How far a search looks at a time.
constexpr std::uint64_t kSearchBytes = 256 * 1024;

}  // namespace

std::string_view describe(Damage damage) noexcept {
  switch (damage) {
    case Damage::kNone:
      return "no damage";
    case Damage::kBadLengthCrc:
      return "length CRC does not match";
    case Damage::kZeros:
      return "zeros in the place of a record";
    case Damage::kTooLarge:
      return "record of 2 GiB or more announced";
    case Damage::kBadPayloadCrc:
      return "payload CRC does not match";
    case Damage::kTornInside:
      return "torn record with others behind it";
    case Damage::kShrunk:
      return "file is shorter than when it was read before";
    case Damage::kNoEvent:
      return "payload is no event";
    case Damage::kTagNoUtf8:
      return "tag is not UTF-8";
  }
  return "unknown";
}

ScanStatus RecordScanner::damaged(Damage damage) noexcept {
  damage_ = damage;
  return ScanStatus::kDamage;
}

ScanStatus RecordScanner::next() {
  if (position_.lost && !search(position_.offset)) {
    offset_ = position_.offset;
    return ScanStatus::kEnd;
  }
  offset_ = position_.offset;
  behind_ = 0;
  if (take_held()) return ScanStatus::kRecord;
  payload_ = {};
  if (offset_ == file_.size()) return ScanStatus::kEnd;
  if (offset_ > file_.size()) return damaged(Damage::kShrunk);

  const std::span<const std::byte> header = file_.view(offset_, kHeaderBytes);
  if (header.size() < kHeaderBytes) return ScanStatus::kTorn;
  if (!is_sound_header(header.data())) {
    const bool zeros =
        std::ranges::all_of(header, [](std::byte byte) { return byte == std::byte{0}; });
    return damaged(zeros ? Damage::kZeros : Damage::kBadLengthCrc);
  }
  const auto length = load_le<std::uint64_t>(header.data());
  if (length > kMaxPayloadBytes) return damaged(Damage::kTooLarge);

  const std::uint64_t record_bytes = length + kRecordOverheadBytes;
  if (record_bytes > file_.size() - offset_) {
    if (growing_ || !search(offset_ + 1)) {
      position_ = {offset_, false};
      return ScanStatus::kTorn;
    }
    position_ = {offset_, false};
    return damaged(Damage::kTornInside);
  }
  const std::span<const std::byte> record = file_.view(offset_, record_bytes);
  if (record.size() < record_bytes) return ScanStatus::kTorn;  // cut short meanwhile
  if (take_held()) return ScanStatus::kRecord;
  // A torn record that was written on behind has a right header too, but its length leads into the
  // middle of a later record.
  const std::uint64_t behind = offset_ + record_bytes;
  if (file_.size() - behind >= kHeaderBytes && !has_sound_header(behind)) {
    return damaged(Damage::kTornInside);
  }
  behind_ = behind;
  return damaged(Damage::kBadPayloadCrc);
}

// Takes the record at offset_ if the window has the whole of it and it is sound, as nearly all are:
// with one look at the window, because small records are many. Why one is not taken is for next().
bool RecordScanner::take_held() noexcept {
  const std::span<const std::byte> held = file_.held(offset_);
  if (held.size() < kRecordOverheadBytes) return false;
  // Never above kMaxPayloadBytes where it fits: the window holds no more than one such record.
  const auto length = load_le<std::uint64_t>(held.data());
  if (length > held.size() - kRecordOverheadBytes) return false;
  const auto payload = held.subspan(kHeaderBytes, static_cast<std::size_t>(length));
  if (!is_sound_header(held.data()) || !crc_matches(payload.data() + payload.size(), payload)) {
    return false;
  }
  payload_ = payload;
  position_.offset = offset_ + length + kRecordOverheadBytes;
  return true;
}

void RecordScanner::skip() {
  if (damage_ == Damage::kShrunk) {
    position_ = {file_.size(), true};
  } else if (behind_ != 0) {
    position_ = {behind_, false};
  } else {
    search(offset_ + 1);
  }
}

bool RecordScanner::has_sound_header(std::uint64_t offset) {
  const std::span<const std::byte> header = file_.view(offset, kHeaderBytes);
  return header.size() == kHeaderBytes && is_sound_header(header.data());
}

// Moves position_ to the first sound record at `from` or behind. If there is none it is lost, at
// the first place where one may yet come to be when the file grows.
bool RecordScanner::search(std::uint64_t from) {
  const std::uint64_t size = file_.size();
  std::uint64_t unfinished = size;  // a sound header whose payload the file does not yet hold
  while (from < size && size - from >= kRecordOverheadBytes) {
    const std::span<const std::byte> bytes = file_.view(from, kSearchBytes);
    if (bytes.size() < kRecordOverheadBytes) break;
    std::uint64_t candidate = 0;
    std::size_t at = 0;
    for (; at + kHeaderBytes <= bytes.size(); ++at) {
      const auto length = load_le<std::uint64_t>(bytes.data() + at);
      if (length > kMaxPayloadBytes || !is_sound_header(bytes.data() + at)) continue;
      if (length + kRecordOverheadBytes <= size - (from + at)) {
        candidate = length + kRecordOverheadBytes;
        break;
      }
      unfinished = std::min(unfinished, from + at);
    }
    from += at;
    if (candidate == 0) continue;
    const std::span<const std::byte> record = file_.view(from, candidate);
    if (record.size() == candidate) {
      const auto payload = record.subspan(kHeaderBytes, record.size() - kRecordOverheadBytes);
      if (crc_matches(payload.data() + payload.size(), payload)) {
        position_ = {from, false};
        return true;
      }
    }
    ++from;
  }
  position_ = {std::min(unfinished, from), true};
  return false;
}

}  // namespace tbx
