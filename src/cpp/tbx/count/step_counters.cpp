#include "tbx/count/step_counters.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <span>
#include <vector>

#include "tbx/base/endian.h"

namespace tbx {
namespace {

constexpr std::size_t kNumberBytes = 8;
constexpr std::size_t kHeadBytes = 2 * kNumberBytes;

Error failed(int sys_errno) { return Error::io(sys_errno, "cannot count steps", {}); }

Error set_lock(int fd, int command, short kind) noexcept {
  struct flock lock{};
  lock.l_type = kind;
  lock.l_whence = SEEK_SET;  // from the beginning of the file, to wherever it will end
  return fcntl(fd, command, &lock) == 0 ? Error{} : failed(errno);
}

// ENODATA: the file has fewer.
Error read_all(int fd, std::span<std::byte> out, std::uint64_t offset) {
  const ssize_t count = pread(fd, out.data(), out.size(), static_cast<off_t>(offset));
  if (count == static_cast<ssize_t>(out.size())) return {};
  return failed(count < 0 ? errno : ENODATA);
}

Error write_all(int fd, std::span<const std::byte> bytes, std::uint64_t offset) {
  const ssize_t count = pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
  if (count == static_cast<ssize_t>(bytes.size())) return {};
  return failed(count < 0 ? errno : ENOSPC);
}

}  // namespace

StepCounters::~StepCounters() { close(fd_); }

Error StepCounters::try_lock() noexcept { return set_lock(fd_, F_SETLK, F_WRLCK); }
Error StepCounters::lock() noexcept { return set_lock(fd_, F_SETLKW, F_WRLCK); }
void StepCounters::unlock() noexcept { (void)set_lock(fd_, F_SETLK, F_UNLCK); }

Error StepCounters::take(std::string_view key, std::uint64_t& number) {
  std::uint64_t offset;
  if (Error error = find(std::string(key), offset)) return error;
  std::byte bytes[kNumberBytes];
  if (Error error = read_all(fd_, bytes, offset)) return error;
  number = load_le<std::uint64_t>(bytes);
  store_le(bytes, number + 1);
  return write_all(fd_, bytes, offset);
}

// Where the counter of `key` is; it is created where no process has done so.
Error StepCounters::find(const std::string& key, std::uint64_t& offset) {
  for (;;) {
    if (const auto known = offsets_.find(key); known != offsets_.end()) {
      offset = known->second;
      return {};
    }
    struct stat status{};
    if (fstat(fd_, &status) != 0) return failed(errno);
    const auto size = static_cast<std::uint64_t>(status.st_size);
    const std::uint64_t left = size < end_ ? 0 : size - end_;
    std::byte head[kHeadBytes];
    std::uint64_t key_bytes = 0;
    if (left >= kHeadBytes) {
      if (Error error = read_all(fd_, head, end_)) return error;
      key_bytes = load_le<std::uint64_t>(head + kNumberBytes);
    }
    if (left >= kHeadBytes && left - kHeadBytes >= key_bytes) {
      std::string other(static_cast<std::size_t>(key_bytes), '\0');
      if (Error error = read_all(fd_, std::as_writable_bytes(std::span(other)), end_ + kHeadBytes))
        return error;
      offsets_.emplace(std::move(other), end_);
      end_ += kHeadBytes + key_bytes;
      continue;
    }
    // A process that was killed may have left the beginning of a counter.
    if (ftruncate(fd_, static_cast<off_t>(end_)) != 0) return failed(errno);
    std::vector<std::byte> counter(kHeadBytes);
    store_le(counter.data(), std::uint64_t{0});
    store_le(counter.data() + kNumberBytes, static_cast<std::uint64_t>(key.size()));
    const auto key_span = std::as_bytes(std::span(key));
    counter.insert(counter.end(), key_span.begin(), key_span.end());
    if (Error error = write_all(fd_, counter, end_)) return error;
  }
}

}  // namespace tbx
