#include "tbx/sink/file_sink.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <thread>

#include "tbx/base/clock.h"
#include "tbx/base/file_size_signal.h"

namespace tbx {
namespace {

// write(2) takes at most 0x7ffff000 bytes a call on Linux and returns short beyond.
constexpr std::size_t kMaxWriteBytes = 1u << 30;

// Others hold the lock for one batch: a fraction of a millisecond, unless the device is slow.
// relaxed: a number, and nothing else follows from it.
std::atomic<std::int64_t> lock_patience_ns{5'000'000'000};
constexpr std::chrono::nanoseconds kFirstLockPause = std::chrono::microseconds(50);
constexpr std::chrono::nanoseconds kLongestLockPause = std::chrono::milliseconds(2);

bool is_not(const struct stat& status, dev_t device, ino_t inode) {
  return status.st_dev != device || status.st_ino != inode;
}

}  // namespace

Error FileSink::create(const std::string& path, std::unique_ptr<FileSink>& out) {
  std::unique_ptr<FileSink> sink(new FileSink(path));
  Error error = CachedDescriptor::create(DescriptorCache::process_wide(), path, sink->descriptor_);
  if (error) return error;
  sink->remember_file();
  out = std::move(sink);
  return {};
}

Error FileSink::open_existing(const std::string& path, std::unique_ptr<FileSink>& out) {
  std::unique_ptr<FileSink> sink(new FileSink(path));
  Error error =
      CachedDescriptor::open_existing(DescriptorCache::process_wide(), path, sink->descriptor_);
  if (error) return error;
  sink->remember_file();
  out = std::move(sink);
  return {};
}

void FileSink::set_lock_patience(std::chrono::nanoseconds patience) noexcept {
  lock_patience_ns.store(patience.count(), std::memory_order_relaxed);
}

void FileSink::reset_in_child() noexcept {
  // Not by its destructor: DescriptorCache::close_all_in_child() has ended the lease already, and
  // one ended twice leaves a descriptor that counts as leased, or as free, when it is not.
  (void)locked_.release();
}

Error FileSink::lock() {
  auto lease = std::make_unique<DescriptorLease>(descriptor_);
  if (lease->error()) return lease->error();
  // flock, not fcntl: a record lock would be lost as soon as anything in this process closed the
  // file. Not the kind that waits: a process that was stopped must not hang all the others.
  const std::int64_t start = monotonic_ns();
  auto pause = kFirstLockPause;
  int result;
  while ((result = flock(lease->fd(), LOCK_EX | LOCK_NB)) != 0 &&
         (errno == EWOULDBLOCK || errno == EINTR)) {
    // Read each time: a drain that waits already must not keep a program from its end.
    if (monotonic_ns() - start > lock_patience_ns.load(std::memory_order_relaxed)) {
      return Error::io(ETIMEDOUT, "another process keeps the lock of event file", path_);
    }
    std::this_thread::sleep_for(pause);
    pause = std::min(2 * pause, kLongestLockPause);
  }
  // File systems without locks still append each write(2) as a whole.
  if (result != 0 && errno != ENOLCK && errno != EOPNOTSUPP && errno != ENOSYS) {
    return Error::io(errno, "cannot lock event file", path_);
  }
  locked_ = std::move(lease);
  return {};
}

void FileSink::unlock() noexcept {
  if (locked_ == nullptr) return;
  flock(locked_->fd(), LOCK_UN);
  locked_.reset();
}

AppendOutcome FileSink::append(std::span<const std::byte> bytes) {
  DescriptorLease lease(descriptor_);
  if (lease.error()) return {0, lease.error()};
  const WithoutFileSizeSignal without_signal;
  std::size_t written = 0;
  while (written != bytes.size()) {
    const ssize_t count = ::write(lease.fd(), bytes.data() + written,
                                  std::min(bytes.size() - written, kMaxWriteBytes));
    if (count > 0) {
      written += static_cast<std::size_t>(count);
    } else if (count == 0) {
      return {written, Error::io(EIO, "event file takes no more bytes", path_)};
    } else if (errno != EINTR) {
      return {written, Error::io(errno, "cannot write event file", path_)};
    }
  }
  return {written, {}};
}

Error FileSink::size(std::uint64_t& bytes) {
  DescriptorLease lease(descriptor_);
  if (lease.error()) return lease.error();
  struct stat status;
  if (fstat(lease.fd(), &status) != 0) return Error::io(errno, "cannot stat event file", path_);
  bytes = static_cast<std::uint64_t>(status.st_size);
  struct stat named;
  const bool is_named = stat(path_.c_str(), &named) == 0;
  const bool is_deleted = !is_named && (errno == ENOENT || errno == ENOTDIR);
  const bool is_replaced = has_lasting_inode_ && (is_not(status, device_, inode_) ||
                                                  (is_named && is_not(named, device_, inode_)));
  if (is_deleted || is_replaced) {
    return Error::io(ESTALE, "event file was deleted or replaced", path_);
  }
  return {};
}

// Through a descriptor of its own: the other one is for appending only.
Error FileSink::read(std::uint64_t offset, std::span<std::byte> out, std::size_t& count) {
  count = 0;
  const int fd = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Error::io(errno, "cannot open", path_);
  ssize_t part = 1;
  while (count != out.size() && (part > 0 || (part < 0 && errno == EINTR))) {
    part = ::pread(fd, &out[count], out.size() - count, static_cast<off_t>(offset + count));
    if (part > 0) count += static_cast<std::size_t>(part);
  }
  const int failure = errno;
  ::close(fd);
  return part < 0 ? Error::io(failure, "cannot read", path_) : Error{};
}

void FileSink::remember_file() {
  const DescriptorLease lease(descriptor_);
  struct stat status;
  struct stat named;
  // Some network file systems number a file anew each time they are asked: there a replaced file
  // is not noticed, rather than every file at every batch.
  has_lasting_inode_ = !lease.error() && fstat(lease.fd(), &status) == 0 &&
                       stat(path_.c_str(), &named) == 0 &&
                       !is_not(named, status.st_dev, status.st_ino);
  device_ = status.st_dev;
  inode_ = status.st_ino;
}

Error FileSink::reopen() {
  const std::filesystem::path directory = std::filesystem::path(path_).parent_path();
  std::error_code code;
  std::filesystem::create_directories(directory, code);
  if (code) return Error::io(code.value(), "cannot create log directory", directory.string());
  if (Error error = descriptor_.reopen()) return error;
  remember_file();
  return {};
}

Error FileSink::truncate(std::uint64_t size) {
  DescriptorLease lease(descriptor_);
  if (lease.error()) return lease.error();
  int result;
  do {
    result = ftruncate(lease.fd(), static_cast<off_t>(size));
  } while (result != 0 && errno == EINTR);
  if (result != 0) return Error::io(errno, "cannot truncate event file", path_);
  return {};
}

Error FileSink::sync() {
  DescriptorLease lease(descriptor_);
  if (lease.error()) return lease.error();
  int result;
  do {
    result = fdatasync(lease.fd());
  } while (result != 0 && errno == EINTR);
  // EINVAL, EROFS: a special file, which has nothing to synchronise.
  if (result != 0 && errno != EINVAL && errno != EROFS)
    return Error::io(errno, "cannot sync event file", path_);
  return {};
}

Error FileSink::close() { return DescriptorCache::process_wide().close(descriptor_); }

}  // namespace tbx
