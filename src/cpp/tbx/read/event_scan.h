// One pass over an event file: columns of what it holds and a list of what is wrong with it. It
// goes on where it stood when the file has grown.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tbx/read/event_parts.h"
#include "tbx/read/plain_scalar.h"
#include "tbx/read/record_scanner.h"
#include "tbx/read/series.h"

namespace tbx {

// A place in the file where bytes or an event are lost.
struct DamagedPlace {
  std::uint64_t offset;  // of the record
  std::uint64_t end;     // where reading went on; `offset` if it stopped
  Damage damage;
};

// What is sound here and yet troubles one of TensorBoard's readers, or those who look at curves.
enum class Remark : std::uint8_t {
  kEmptyRecord,
  kNanWallTime,
  kInfiniteWallTime,
  kTagTwice,
  kDoubleScalar,
  kStepsBack,
  kNoFileVersion,
};
inline constexpr std::size_t kRemarks = 7;
std::string_view describe(Remark remark) noexcept;

struct Remarked {
  std::uint64_t count = 0;
  std::uint64_t first_offset = 0;  // of a record
};

// A SessionLog START: how many values each series had before it, in the order of series().
struct Restart {
  std::int64_t step;
  std::vector<std::uint64_t> counts;
};

class EventScan {
 public:
  // Without `keep_values` only counts and problems are kept, so that memory does not grow with the
  // file.
  EventScan(std::string path, bool keep_values)
      : path_(std::move(path)), keep_values_(keep_values) {}

  // Reads on to the end of the file, or if `stop` to the first damage; there the next call tries
  // again. `growing`: see RecordScanner. After each 32 MiB or so it calls `progress` with the bytes
  // read, and ends early if that returns false. Throws ErrorException if the file cannot be read.
  void advance(bool stop, bool growing, const std::function<bool(std::uint64_t)>& progress);

  std::vector<std::unique_ptr<Series>>& series() { return series_; }
  const std::vector<DamagedPlace>& damage() const { return damage_; }
  const std::array<Remarked, kRemarks>& remarks() const { return remarks_; }
  const std::vector<Restart>& restarts() const { return restarts_; }
  std::uint64_t records() const { return records_; }
  std::uint64_t offset() const { return position_.offset; }
  // Bytes of a record at the end of the file whose rest is not there.
  std::uint64_t torn_bytes() const { return torn_bytes_; }
  std::uint64_t size() const { return size_; }

 private:
  struct StringHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>()(text);
    }
  };
  struct Tag {
    std::string_view name;
    std::string plugin;
    bool is_utf8 = true;
    std::array<Series*, kValueKinds> series{};
    Tag* next = nullptr;  // the one that came behind it last time: steps repeat their tags
  };

  // A scalar alone goes a short way; the inline ones are for it, and called by event_scan.cpp only.
  Damage take_event(std::span<const std::byte> payload);
  Damage take_parts(std::span<const std::byte> payload);
  inline Tag& tag_of(std::string_view name);
  Tag& look_up(std::string_view name);
  void take_value(const ValuePart& value, Tag& tag, const std::byte* payload);
  void take_whole_event(Series*& series, std::string_view kind, std::uint64_t bytes);
  inline Series& series_of(Tag& tag, ValueKind kind);
  Series& add_series(std::string_view tag, std::string_view kind);
  inline void count_event(double wall_time, bool has_file_version);
  inline void count_value(Series& series, double wall_time, std::int64_t step);
  void remark(Remark what);

  std::string path_;
  bool keep_values_;
  ScanPosition position_;
  bool is_stopped_ = false;  // at the last of damage_
  std::uint64_t size_ = 0;
  std::uint64_t torn_bytes_ = 0;
  std::uint64_t records_ = 0;
  std::uint64_t payload_offset_ = 0;
  EventParts parts_;
  std::vector<Tag*> tags_of_event_;
  std::unordered_map<std::string, Tag, StringHash, std::equal_to<>> tags_;
  Tag* last_tag_ = nullptr;
  std::vector<std::unique_ptr<Series>> series_;
  Series* graphs_ = nullptr;
  Series* run_metadata_ = nullptr;
  std::vector<DamagedPlace> damage_;
  std::array<Remarked, kRemarks> remarks_{};
  std::vector<Restart> restarts_;
};

}  // namespace tbx
