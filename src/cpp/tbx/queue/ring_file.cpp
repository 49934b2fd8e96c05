#include "tbx/queue/ring_file.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "tbx/base/file_size_signal.h"

namespace tbx {
namespace {

constexpr std::size_t kPageBytes = 65536;  // the largest of any machine
constexpr std::size_t kNamesReserve = 64 * 1024;
constexpr long kBtrfsMagic = 0x9123683e;  // linux/magic.h

constexpr std::size_t whole_pages(std::size_t bytes) {
  return (bytes + kPageBytes - 1) / kPageBytes * kPageBytes;
}

std::string next_path(const std::string& directory) {
  static std::atomic<std::uint32_t> count{0};
  return directory + '/' + std::string(kRingFilePrefix) + std::to_string(getpid()) + '.' +
         std::to_string(count.fetch_add(1, std::memory_order_relaxed)) +
         std::string(kRingFileSuffix);
}

// A copy-on-write file system may need new room for every page that is written again.
bool may_need_room_later(int fd) {
  struct statfs status;
  if (fstatfs(fd, &status) != 0) return true;
  if (status.f_type != kBtrfsMagic) return false;
  int flags = FS_NOCOW_FL;
  return ioctl(fd, FS_IOC_SETFLAGS, &flags) != 0;
}

// A new file that only this process has locked; -1 and errno where it cannot be had.
int create_locked(const std::string& directory, std::string& path) {
  for (;;) {
    path = next_path(directory);
    const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST) continue;  // of a dead process with our pid
    if (fd < 0) return -1;
    struct stat status;
    // Between open() and flock() somebody who recovers may have taken the empty file for a dead
    // process's, and removed it.
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &status) == 0 && status.st_nlink != 0) {
      return fd;
    }
    const int failure = errno;
    const bool was_taken = failure == EWOULDBLOCK || status.st_nlink == 0;
    close(fd);
    if (was_taken) continue;
    unlink(path.c_str());
    errno = failure;
    return -1;
  }
}

}  // namespace

Error RingFile::create(const std::string& directory, std::span<std::byte> block,
                       std::span<const std::byte> beginning, std::unique_ptr<RingFile>& out) {
  std::string path;
  const int fd = create_locked(directory, path);
  if (fd < 0) return Error::io(errno, "cannot create queue file", path);
  std::unique_ptr<RingFile> file(new RingFile(std::move(path), fd));
  if (Error error = file->map(block, beginning)) {
    file->remove();
    return error;
  }
  out = std::move(file);
  return {};
}

Error RingFile::map(std::span<std::byte> block, std::span<const std::byte> beginning) {
  if (may_need_room_later(fd_)) {
    return Error::io(EOPNOTSUPP, "cannot reserve room for queue file", path_);
  }
  const std::size_t names = kBlockOffset + whole_pages(block.size());
  const WithoutFileSizeSignal without_signal;
  // fallocate, not posix_fallocate, which would write zeros where the file system cannot reserve.
  if (fallocate(fd_, 0, 0, static_cast<off_t>(names + kNamesReserve)) != 0) {
    return Error::io(errno, "cannot reserve room for queue file", path_);
  }
  const ssize_t written =
      pwrite(fd_, beginning.data(), beginning.size(), static_cast<off_t>(kBlockOffset));
  if (written != static_cast<ssize_t>(beginning.size())) {
    return Error::io(written < 0 ? errno : ENOSPC, "cannot write queue file", path_);
  }
  void* front = mmap(nullptr, kBlockOffset, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
  if (front == MAP_FAILED) return Error::io(errno, "cannot map queue file", path_);
  void* ring = mmap(block.data(), block.size(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd_,
                    static_cast<off_t>(kBlockOffset));
  if (ring == MAP_FAILED) {
    const int failure = errno;
    munmap(front, kBlockOffset);
    return Error::io(failure, "cannot map queue file", path_);
  }
  // A device may read 8 MiB ahead of the first byte that is touched: every open would wait 3 ms for
  // as many zeros, and a thousand writers fill the page cache with them.
  madvise(front, kBlockOffset, MADV_RANDOM);
  madvise(ring, block.size(), MADV_RANDOM);
  marks_ = reinterpret_cast<FileMarks*>(static_cast<std::byte*>(front) + kMarksOffset);
  names_end_ = names;
  auto* header = static_cast<RingFileHeader*>(front);
  header->block_bytes = block.size();
  header->names_offset = names;
  // Compiler order suffices, here and in mark(): the reader comes after this process's death.
  std::atomic_signal_fence(std::memory_order_release);  // fence for the compiler
  header->magic = kRingFileMagic;
  return {};
}

RingFile::~RingFile() { close_file(); }

Error RingFile::name_file(std::uint32_t file_id, std::string_view event_file, std::uint64_t cursor,
                          std::uint64_t file_end) {
  const std::string_view directory(path_.data(), path_.rfind('/') + 1);
  if (event_file.starts_with(directory)) event_file.remove_prefix(directory.size());
  const RingFileName name{file_id, static_cast<std::uint32_t>(event_file.size())};
  std::vector<char> entry(sizeof name + event_file.size());
  std::memcpy(entry.data(), &name, sizeof name);
  std::memcpy(entry.data() + sizeof name, event_file.data(), event_file.size());
  const WithoutFileSizeSignal without_signal;
  const ssize_t written = pwrite(fd_, entry.data(), entry.size(), static_cast<off_t>(names_end_));
  if (written != static_cast<ssize_t>(entry.size())) {
    return Error::io(written < 0 ? errno : ENOSPC, "cannot write queue file", path_);
  }
  names_end_ += entry.size();
  if (file_id < kMarkedFiles) {
    // An earlier file of this id must not be remembered.
    for (FileMark& old : marks_[file_id].marks)
      old.cursor.store(kNoCursor, std::memory_order_relaxed);
    mark(file_id, cursor, file_end);
  }
  return {};
}

void RingFile::mark(std::uint32_t file_id, std::uint64_t cursor, std::uint64_t file_end) noexcept {
  if (file_id >= kMarkedFiles) return;
  auto& [first, second] = marks_[file_id].marks;
  const std::uint64_t cursors[2] = {first.cursor.load(std::memory_order_relaxed),
                                    second.cursor.load(std::memory_order_relaxed)};
  // Over the older one; kNoCursor + 1 is 0, older than any.
  FileMark& older = cursors[0] + 1 < cursors[1] + 1 ? first : second;
  older.cursor.store(kNoCursor, std::memory_order_relaxed);
  std::atomic_signal_fence(std::memory_order_release);  // fence for the compiler
  older.file_end.store(file_end, std::memory_order_relaxed);
  std::atomic_signal_fence(std::memory_order_release);  // fence for the compiler
  older.cursor.store(cursor, std::memory_order_relaxed);
}

bool RingFile::is_gone() const noexcept {
  return access(path_.c_str(), F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

void RingFile::remove() noexcept {
  unlink(path_.c_str());
  close_file();
}

void RingFile::close_file() noexcept {
  // A mapping holds the lock as well as a descriptor does.
  if (marks_ != nullptr) {
    munmap(reinterpret_cast<std::byte*>(marks_) - kMarksOffset, kBlockOffset);
  }
  marks_ = nullptr;
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

}  // namespace tbx
