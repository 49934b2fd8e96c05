#include "tbx/read/file_window.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "tbx/base/error.h"

namespace tbx {
namespace {

// Large enough to make pread(2) cheap per byte, small enough to be checked while it is in L2.
constexpr std::size_t kPreadBytes = 512 * 1024;

}  // namespace

FileWindow::FileWindow(std::string path) : path_(std::move(path)) {
  fd_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd_ < 0) throw ErrorException(Error::io(errno, "cannot open", path_));
  struct stat status{};
  int failure = fstat(fd_, &status) != 0 ? errno : 0;
  if (failure == 0 && S_ISDIR(status.st_mode)) failure = EISDIR;
  if (failure != 0) {
    ::close(fd_);
    throw ErrorException(Error::io(failure, "cannot read", path_));
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
}

FileWindow::~FileWindow() { ::close(fd_); }

// Makes room by what the file holds, never by what a length field announces.
std::span<const std::byte> FileWindow::load(std::uint64_t offset, std::uint64_t bytes) {
  if (offset >= size_) return {};
  const std::uint64_t left = size_ - offset;
  const auto wanted = static_cast<std::size_t>(std::min(bytes, left));
  const auto room = static_cast<std::size_t>(std::min<std::uint64_t>(kPreadBytes, left));
  const std::size_t needed = std::max(wanted, room);
  held_ = 0;
  if (capacity_ < needed || (capacity_ > kPreadBytes && needed <= kPreadBytes)) {
    memory_.reset();  // before the next is there: two large records need not fit at once
    memory_ = std::make_unique_for_overwrite<std::byte[]>(needed);
    capacity_ = needed;
  }
  start_ = offset;
  while (held_ < needed) {
    const ssize_t count =
        pread(fd_, memory_.get() + held_, needed - held_, static_cast<off_t>(offset + held_));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw ErrorException(Error::io(errno, "cannot read", path_));
    if (count == 0) break;  // cut short since it was opened
    held_ += static_cast<std::size_t>(count);
  }
  return {memory_.get(), std::min(wanted, held_)};
}

}  // namespace tbx
