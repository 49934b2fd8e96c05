#include "tbx/read/event_scan.h"

#include <cmath>

#include "tbx/event/utf8.h"
#include "tbx/read/tensor_scalar.h"
#include "tbx/record/record_format.h"

namespace tbx {
namespace {

constexpr std::uint64_t kProgressBytes = 32 << 20;

}  // namespace

std::string_view describe(Remark remark) noexcept {
  switch (remark) {
    case Remark::kEmptyRecord:
      return "record without content";
    case Remark::kNanWallTime:
      return "wall time is NaN: TensorBoard's data server gives the file up here";
    case Remark::kInfiniteWallTime:
      return "wall time is infinite: TensorBoard's data server drops the event";
    case Remark::kTagTwice:
      return "tag twice in one event: TensorBoard's data server shows the last only";
    case Remark::kDoubleScalar:
      return "scalar in double precision: TensorBoard's data server does not show it";
    case Remark::kStepsBack:
      return "step smaller than the one before: TensorBoard's data server drops what it overlaps";
    case Remark::kNoFileVersion:
      return "first record tells no file version: TensorBoard's Python loader purges by steps";
  }
  return "unknown";
}

void EventScan::advance(bool stop, bool growing,
                        const std::function<bool(std::uint64_t)>& progress) {
  FileWindow file(path_);
  if (is_stopped_) {
    is_stopped_ = false;
    damage_.pop_back();  // found again if it is still there
  }
  size_ = file.size();
  torn_bytes_ = 0;
  RecordScanner scanner(file, position_, growing);
  std::uint64_t reported = position_.offset;
  for (;;) {
    const ScanStatus status = scanner.next();
    if (status == ScanStatus::kEnd || status == ScanStatus::kTorn) {
      if (status == ScanStatus::kTorn) torn_bytes_ = size_ - scanner.offset();
      position_ = scanner.position();
      return;
    }
    Damage damage = scanner.damage();
    if (status == ScanStatus::kRecord) {
      payload_offset_ = scanner.offset() + kHeaderBytes;
      damage = take_event(scanner.payload());
    }
    if (damage != Damage::kNone) {
      damage_.push_back({scanner.offset(), scanner.offset(), damage});
      if (stop) {
        is_stopped_ = true;
        position_ = {scanner.offset(), false};
        return;
      }
      if (status == ScanStatus::kDamage) scanner.skip();
      const ScanPosition behind = scanner.position();
      damage_.back().end = behind.lost ? size_ : behind.offset;
    }
    position_ = scanner.position();
    if (position_.offset - reported >= kProgressBytes) {
      reported = position_.offset;
      if (progress && !progress(reported)) return;
    }
  }
}

EventScan::Tag& EventScan::tag_of(std::string_view name) {
  Tag* const next = last_tag_ == nullptr ? nullptr : last_tag_->next;
  if (next == nullptr || next->name != name) return look_up(name);
  return *(last_tag_ = next);
}

Series& EventScan::series_of(Tag& tag, ValueKind kind) {
  Series*& slot = tag.series[static_cast<std::size_t>(kind)];
  if (slot == nullptr) slot = &add_series(tag.name, name_of(kind));
  if (slot->plugin.empty() && !tag.plugin.empty()) slot->plugin = tag.plugin;
  return *slot;
}

void EventScan::count_event(double wall_time, bool has_file_version) {
  if (records_ == 0 && !has_file_version) remark(Remark::kNoFileVersion);
  if (!std::isfinite(wall_time)) {
    remark(std::isnan(wall_time) ? Remark::kNanWallTime : Remark::kInfiniteWallTime);
  }
  ++records_;
}

void EventScan::count_value(Series& series, double wall_time, std::int64_t step) {
  if (series.last_event == records_) remark(Remark::kTagTwice);
  if (series.count != 0 && step < series.last_step) remark(Remark::kStepsBack);
  ++series.count;
  series.last_step = step;
  series.last_event = records_;
  if (!keep_values_) return;
  series.steps.push_back(step);
  series.wall_times.push_back(wall_time);
}

Damage EventScan::take_event(std::span<const std::byte> payload) {
  PlainScalar scalar;
  if (!scalar.take(payload)) return take_parts(payload);
  Tag& tag = tag_of(scalar.tag);
  if (!tag.is_utf8) return Damage::kTagNoUtf8;
  count_event(scalar.wall_time, false);
  Series& series = series_of(tag, ValueKind::kScalar);
  count_value(series, scalar.wall_time, scalar.step);
  if (keep_values_) series.add_number(scalar.value, false);
  return Damage::kNone;
}

Damage EventScan::take_parts(std::span<const std::byte> payload) {
  if (!parts_.take_apart(payload)) return Damage::kNoEvent;
  // Before anything of it is kept.
  tags_of_event_.clear();
  for (const ValuePart& value : parts_.values) {
    tags_of_event_.push_back(&tag_of(value.tag));
    if (!tags_of_event_.back()->is_utf8) return Damage::kTagNoUtf8;
  }
  if (payload.empty()) remark(Remark::kEmptyRecord);
  count_event(parts_.wall_time, parts_.has_file_version);
  if (parts_.has_session_start) {
    restarts_.push_back({parts_.step, {}});
    for (const auto& series : series_) restarts_.back().counts.push_back(series->count);
  }
  if (parts_.has_graph) take_whole_event(graphs_, "graph", payload.size());
  if (parts_.has_run_metadata) take_whole_event(run_metadata_, "run_metadata", payload.size());
  for (std::size_t index = 0; index < parts_.values.size(); ++index) {
    take_value(parts_.values[index], *tags_of_event_[index], payload.data());
  }
  return Damage::kNone;
}

EventScan::Tag& EventScan::look_up(std::string_view name) {
  Tag* const before = last_tag_;
  auto found = tags_.find(name);
  if (found == tags_.end()) {
    found = tags_.emplace(std::string(name), Tag()).first;
    found->second.name = found->first;
    found->second.is_utf8 = is_utf8(std::as_bytes(std::span(name)));
  }
  last_tag_ = &found->second;
  if (before != nullptr) before->next = last_tag_;
  return *last_tag_;
}

void EventScan::take_value(const ValuePart& value, Tag& tag, const std::byte* payload) {
  if (tag.plugin.empty() && !value.plugin.empty()) tag.plugin = value.plugin;
  ValueKind kind = value.kind;
  TensorScalar number{value.simple_value, false};
  if (kind == ValueKind::kTensor && tag.plugin == "scalars") {
    if (const auto scalar = decode_tensor_scalar(value.tensor)) {
      kind = ValueKind::kScalar;
      number = *scalar;
      if (number.is_double) remark(Remark::kDoubleScalar);
    }
  }
  Series& series = series_of(tag, kind);
  count_value(series, parts_.wall_time, parts_.step);
  if (!keep_values_) return;
  if (kind == ValueKind::kScalar) {
    series.add_number(number.value, number.is_double);
  } else {
    const auto within = static_cast<std::uint64_t>(value.bytes.data() - payload);
    series.offsets.push_back(payload_offset_ + within);
    series.lengths.push_back(value.bytes.size());
  }
}

void EventScan::take_whole_event(Series*& series, std::string_view kind, std::uint64_t bytes) {
  if (series == nullptr) series = &add_series("", kind);
  count_value(*series, parts_.wall_time, parts_.step);
  if (!keep_values_) return;
  series->offsets.push_back(payload_offset_);
  series->lengths.push_back(bytes);
}

Series& EventScan::add_series(std::string_view tag, std::string_view kind) {
  series_.push_back(std::make_unique<Series>());
  series_.back()->tag = tag;
  series_.back()->kind = kind;
  return *series_.back();
}

void EventScan::remark(Remark what) {
  Remarked& remarked = remarks_[static_cast<std::size_t>(what)];
  if (remarked.count++ == 0) remarked.first_offset = payload_offset_ - kHeaderBytes;
}

}  // namespace tbx
