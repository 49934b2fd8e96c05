#include "tbx/writer/ring_leftovers.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "tbx/event/event_encoder.h"
#include "tbx/queue/ring_file_layout.h"
#include "tbx/queue/ring_salvage.h"
#include "tbx/record/record_tail.h"
#include "tbx/writer/event_file_name.h"
#include "tbx/writer/sink_source.h"

namespace tbx {
namespace {

using Payload = std::vector<std::byte>;

// Who can leave a queue file in the directory must not have anything else appended to, or cut: only
// files that are named as ours are.
bool is_event_file(std::string_view path) {
  return path.find('\0') == path.npos &&
         path.substr(path.rfind('/') + 1).starts_with(kEventFilePrefix);
}

std::map<std::uint32_t, std::string> read_names(std::span<const std::byte> entries) {
  std::map<std::uint32_t, std::string> paths;
  RingFileName name;
  while (entries.size() > sizeof name) {
    std::memcpy(&name, entries.data(), sizeof name);
    entries = entries.subspan(sizeof name);
    if (name.path_bytes == 0 || name.path_bytes > entries.size()) break;
    std::string path(reinterpret_cast<const char*>(entries.data()), name.path_bytes);
    entries = entries.subspan(name.path_bytes);
    paths.erase(name.file_id);  // of a file that had this id before
    if (is_event_file(path)) paths[name.file_id] = std::move(path);
  }
  return paths;
}

// The newest mark that is not ahead of what the ring has handed on.
std::uint64_t mark_of(std::span<const std::byte> content, std::uint32_t id,
                      std::uint64_t consumed) {
  if (id >= kMarkedFiles) return 0;
  const auto* table = reinterpret_cast<const FileMarks*>(content.data() + kMarksOffset);
  std::uint64_t newest = 0;
  std::uint64_t end = 0;
  for (const FileMark& mark : table[id].marks) {
    const std::uint64_t cursor = mark.cursor.load(std::memory_order_relaxed);
    if (cursor > consumed || cursor < newest) continue;
    newest = cursor;
    end = mark.file_end.load(std::memory_order_relaxed);
  }
  return end;
}

std::map<std::uint32_t, std::vector<Payload>> read_events(std::span<const std::byte> block,
                                                          std::uint64_t& unwanted) {
  std::map<std::uint32_t, std::vector<Payload>> events;
  const auto add = [&](std::uint32_t file_id, Payload event) {
    if (event_problem(event).empty()) {
      events[file_id].push_back(std::move(event));
    } else {
      ++unwanted;
    }
  };
  std::optional<Payload> pieces;  // of a large event; whole ones may lie between them
  salvage_ring(block, [&](const RingRecord& record) {
    const std::span payload = record.payload;
    if (record.kind == RecordKind::kWhole) {
      add(record.file_id, {payload.begin(), payload.end()});
      return;
    }
    if (record.kind == RecordKind::kFirst) pieces.emplace();
    if (!pieces) return;  // the first of them has left the ring
    pieces->insert(pieces->end(), payload.begin(), payload.end());
    if (record.kind != RecordKind::kLast) return;
    add(record.file_id, std::move(*pieces));
    pieces.reset();
  });
  return events;
}

}  // namespace

RingLeftovers read_leftovers(std::span<const std::byte> content) {
  RingLeftovers left;
  if (content.size() < kBlockOffset) return left;
  RingFileHeader header;
  std::memcpy(&header, content.data(), sizeof header);
  if (header.magic != kRingFileMagic || header.block_bytes > content.size() - kBlockOffset ||
      header.block_bytes < DefaultRingControl::kDataOffset ||
      header.names_offset > content.size()) {
    return left;
  }
  const std::span block = content.subspan(kBlockOffset, header.block_bytes);
  const auto* control = reinterpret_cast<const DefaultRingControl*>(block.data());
  const std::uint64_t consumed = control->consumed.load(std::memory_order_relaxed);
  auto events = read_events(block, left.unwanted);
  for (auto& [id, path] : read_names(content.subspan(header.names_offset))) {
    const auto own = events.extract(id);
    left.files.push_back({std::move(path), mark_of(content, id, consumed),
                          own ? std::move(own.mapped()) : std::vector<Payload>()});
  }
  for (const auto& [id, nameless] : events) left.unwanted += nameless.size();
  return left;
}

Error append_missing(EventFile& file, const FileLeftovers& left, RecoveryReport& report) {
  return file.append_after([&](std::uint64_t size) -> Error {
    const std::span events(left.events);
    std::size_t found;
    RecordTail tail;
    const auto read_from = [&](std::uint64_t offset) {
      SinkSource rest(file.sink(), offset);
      found = 0;
      tail = read_record_tail(rest, offset, [&](std::span<const std::byte> payload) {
        if (found != events.size() && std::ranges::equal(payload, events[found])) ++found;
      });
    };
    Error error = error_of([&]() -> Error {
      const std::uint64_t mark =
          left.mark > size ? 0 : left.mark;  // the file is shorter than it was
      read_from(mark);
      // No record begins there: the first one is torn, or the mark is damaged.
      if (tail.whole_end == mark && mark != size && mark != 0) read_from(0);
      return {};
    });
    if (error) return error;
    file.found_end(tail, size);
    for (const Payload& event : events.subspan(found)) file.add(event);
    report.events += events.size() - found;
    return {};
  });
}

}  // namespace tbx
