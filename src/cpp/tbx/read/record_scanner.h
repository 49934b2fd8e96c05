// Goes through the records of a file, says what is damaged, and finds the next sound record behind.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "tbx/read/file_window.h"

namespace tbx {

// What is wrong, in words for a message.
enum class Damage {
  kNone,
  kBadLengthCrc,
  kZeros,
  kTooLarge,
  kBadPayloadCrc,
  kTornInside,
  kShrunk,
  kNoEvent,
  kTagNoUtf8,
};

std::string_view describe(Damage damage) noexcept;

// Where a scan stands, to go on with when the file has grown.
struct ScanPosition {
  std::uint64_t offset = 0;
  // No record starts at `offset`: the next one has to be searched for from there on.
  bool lost = false;
};

enum class ScanStatus {
  kRecord,  // a whole record with right CRCs
  kDamage,  // no sound record here: damage() says why; skip() goes on
  kTorn,    // the file ends inside a record, as while one is written or after a killed process
  kEnd,     // the file ends behind a whole record, or nothing sound was found up to its end
};

class RecordScanner {
 public:
  // `file` must outlive the scanner. Whether it is `growing` says what a file that ends inside a
  // record means: a record that is being written, or else perhaps a torn record with others behind
  // it, which are searched for.
  RecordScanner(FileWindow& file, ScanPosition position, bool growing)
      : file_(file), position_(position), growing_(growing) {}

  // Goes to the next record. After kDamage every call returns the same until skip(); after kTorn
  // and kEnd, always. Throws ErrorException if the file cannot be read.
  ScanStatus next();

  // Goes on behind damage: behind the payload, if its length was right, else to the next place
  // where header and payload have right CRCs.
  void skip();

  // Where the record starts; for kTorn, the length of everything before.
  std::uint64_t offset() const noexcept { return offset_; }
  // Of kRecord, until the next call.
  std::span<const std::byte> payload() const noexcept { return payload_; }
  Damage damage() const noexcept { return damage_; }
  // Where the next call goes on.
  const ScanPosition& position() const noexcept { return position_; }

 private:
  bool take_held() noexcept;
  ScanStatus damaged(Damage damage) noexcept;
  bool has_sound_header(std::uint64_t offset);
  bool search(std::uint64_t from);

  FileWindow& file_;
  ScanPosition position_;
  bool growing_;
  std::uint64_t offset_ = 0;
  std::span<const std::byte> payload_{};
  Damage damage_ = Damage::kNone;
  std::uint64_t behind_ = 0;  // the damaged payload, or 0 if its length cannot be trusted
};

}  // namespace tbx
