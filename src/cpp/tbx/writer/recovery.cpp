#include "tbx/writer/recovery.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>

#include "tbx/event/event_encoder.h"
#include "tbx/queue/ring_file_layout.h"
#include "tbx/queue/ring_salvage.h"
#include "tbx/record/record_tail.h"
#include "tbx/sink/file_sink.h"
#include "tbx/writer/event_file.h"
#include "tbx/writer/event_file_name.h"

namespace tbx {
namespace {

using Payload = std::vector<std::byte>;

// A queue file that nobody else has; not there where its owner lives or another process is at it.
class DeadRing {
 public:
  explicit DeadRing(const std::string& path) : fd_(open(path.c_str(), O_RDWR | O_CLOEXEC)) {
    struct stat status;
    is_mine_ = fd_ >= 0 && flock(fd_, LOCK_EX | LOCK_NB) == 0 && fstat(fd_, &status) == 0 &&
               status.st_nlink != 0;  // somebody was faster, and has removed it
    if (!is_mine_ || status.st_size == 0) return;
    const auto size = static_cast<std::size_t>(status.st_size);
    void* memory = mmap(nullptr, size, PROT_READ, MAP_SHARED, fd_, 0);
    if (memory != MAP_FAILED) content_ = {static_cast<const std::byte*>(memory), size};
  }
  ~DeadRing() {
    if (!content_.empty()) {
      munmap(const_cast<std::byte*>(content_.data()), content_.size());
    }
    if (fd_ >= 0) close(fd_);
  }
  DeadRing(const DeadRing&) = delete;
  DeadRing& operator=(const DeadRing&) = delete;

  bool is_mine() const { return is_mine_; }
  std::span<const std::byte> content() const { return content_; }

 private:
  int fd_;
  bool is_mine_ = false;
  std::span<const std::byte> content_;
};

// What the queue file says, none of it trusted.
struct Leftovers {
  std::map<std::uint32_t, std::string> paths;  // of event files, by id
  std::map<std::uint32_t, std::uint64_t> marks;
  std::map<std::uint32_t, std::vector<Payload>> events;
};

// Who can leave a queue file in the directory must not have anything else appended to, or cut: only
// files that are named as ours are.
bool is_event_file(std::string_view path) {
  return path.find('\0') == path.npos &&
         path.substr(path.rfind('/') + 1).starts_with(kEventFilePrefix);
}

std::map<std::uint32_t, std::string> read_names(std::span<const std::byte> entries,
                                                const std::string& directory) {
  std::map<std::uint32_t, std::string> paths;
  RingFileName name;
  while (entries.size() > sizeof name) {
    std::memcpy(&name, entries.data(), sizeof name);
    entries = entries.subspan(sizeof name);
    if (name.path_bytes == 0 || name.path_bytes > entries.size()) break;
    std::string path(reinterpret_cast<const char*>(entries.data()), name.path_bytes);
    entries = entries.subspan(name.path_bytes);
    paths.erase(name.file_id);  // of a file that had this id before
    if (!is_event_file(path)) continue;
    paths[name.file_id] = path.front() == '/' ? path : directory + '/' + path;
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

Leftovers read_leftovers(std::span<const std::byte> content, const std::string& directory) {
  Leftovers left;
  if (content.size() < kBlockOffset) return left;
  RingFileHeader header;
  std::memcpy(&header, content.data(), sizeof header);
  if (header.magic != kRingFileMagic || header.block_bytes > content.size() - kBlockOffset ||
      header.block_bytes < DefaultRingControl::kDataOffset ||
      header.names_offset > content.size()) {
    return left;
  }
  const std::span block = content.subspan(kBlockOffset, header.block_bytes);
  left.paths = read_names(content.subspan(header.names_offset), directory);
  std::optional<Payload> pieces;
  salvage_ring(block, [&](const RingRecord& record) {
    if (record.kind == RecordKind::kFirst || record.kind == RecordKind::kWhole) pieces.emplace();
    if (!pieces) return;  // the first of them has left the ring
    pieces->insert(pieces->end(), record.payload.begin(), record.payload.end());
    if (record.kind != RecordKind::kWhole && record.kind != RecordKind::kLast) return;
    left.events[record.file_id].push_back(std::move(*pieces));
    pieces.reset();
  });
  const auto* control = reinterpret_cast<const DefaultRingControl*>(block.data());
  const std::uint64_t consumed = control->consumed.load(std::memory_order_relaxed);
  for (const auto& [id, path] : left.paths) left.marks[id] = mark_of(content, id, consumed);
  return left;
}

// Appends those of `events` that are not in the file yet: a process may have died between writing
// them and giving their place in the ring back.
Error append_missing(const std::string& path, std::uint64_t mark, std::span<const Payload> events,
                     RecoveryReport& report) {
  std::unique_ptr<FileSink> sink;
  if (Error error = FileSink::open_existing(path, sink)) {
    if (error.sys_errno != ENOENT) return error;
    report.unwanted += events.size();
    return {};
  }
  EventFile file(std::move(sink));
  Error failure;
  const auto append = [&](std::uint64_t size) -> Error {
    std::size_t found = 0;
    if (mark > size) mark = 0;  // the file is shorter than it was
    try {
      (void)read_record_tail(path, mark, [&](std::span<const std::byte> payload) {
        if (found != events.size() && std::ranges::equal(payload, events[found])) ++found;
      });
    } catch (const ErrorException& exception) {
      return exception.error();
    }
    for (const Payload& event : events.subspan(found)) {
      if (event_problem(event).empty()) {
        file.add(event);
        ++report.events;
      } else {
        ++report.unwanted;
      }
    }
    return {};
  };
  failure = file.append_after(append);
  if (!failure) failure = file.sync();
  Error close_failure = file.close();
  return failure ? failure : close_failure;
}

Error recover_ring(const std::string& path, const std::string& directory, RecoveryReport& report) {
  const DeadRing ring(path);
  if (!ring.is_mine()) return {};
  const Leftovers left = read_leftovers(ring.content(), directory);
  for (const auto& [id, events] : left.events) {
    const auto named = left.paths.find(id);
    if (named == left.paths.end()) {
      report.unwanted += events.size();
      continue;
    }
    if (Error error = append_missing(named->second, left.marks.at(id), events, report)) {
      return error;
    }
  }
  // Under the lock still: nobody else begins with it.
  if (unlink(path.c_str()) != 0) return Error::io(errno, "cannot remove queue file", path);
  ++report.rings;
  return {};
}

}  // namespace

RecoveryReport recover_directory(const std::string& directory) {
  RecoveryReport report;
  std::error_code code;
  std::vector<std::string> paths;
  std::filesystem::directory_iterator entries(directory, code);
  for (; !code && entries != std::filesystem::directory_iterator(); entries.increment(code)) {
    const std::string name = entries->path().filename().string();
    if (name.starts_with(kRingFilePrefix) && name.ends_with(kRingFileSuffix)) {
      paths.push_back(entries->path().string());
    }
  }
  std::ranges::sort(paths);
  for (const std::string& path : paths) {
    if (Error error = recover_ring(path, directory, report)) report.errors.push_back(error);
  }
  return report;
}

}  // namespace tbx
