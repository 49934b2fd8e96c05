#include "tbx/writer/recovery.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <span>
#include <utility>

#include "tbx/queue/ring_file_layout.h"
#include "tbx/sink/file_sink.h"
#include "tbx/writer/event_file.h"
#include "tbx/writer/ring_leftovers.h"

namespace tbx {
namespace {

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
    if (fd_ < 0) return;
    // Not by close() alone: a child that was forked meanwhile has the descriptor, too.
    if (is_mine_) flock(fd_, LOCK_UN);
    close(fd_);
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

// Those that are not in the event file yet, which ends at a whole record then.
Error append_missing(const std::string& path, const FileLeftovers& left, RecoveryReport& report) {
  std::unique_ptr<FileSink> sink;
  if (Error error = FileSink::open_existing(path, sink)) {
    if (error.sys_errno != ENOENT) return error;
    report.unwanted += left.events.size();
    return {};
  }
  EventFile file(std::move(sink));
  Error failure = append_missing(file, left, report);
  if (!failure) failure = file.sync();
  Error close_failure = file.close();
  return failure ? failure : close_failure;
}

Error recover_ring(const std::string& path, const std::string& directory, RecoveryReport& report) {
  const DeadRing ring(path);
  if (!ring.is_mine()) return {};
  const RingLeftovers leftovers = read_leftovers(ring.content());
  report.unwanted += leftovers.unwanted;
  Error first;
  for (const FileLeftovers& left : leftovers.files) {
    const std::string event_file =
        left.path.front() == '/' ? left.path : directory + '/' + left.path;
    Error error = append_missing(event_file, left, report);
    if (error && !first) first = std::move(error);
  }
  if (first) return first;
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
