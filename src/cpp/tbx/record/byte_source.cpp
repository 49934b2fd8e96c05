// Reading a file through its descriptor.
#include "tbx/record/byte_source.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "tbx/base/error.h"

namespace tbx {

FileSource::FileSource(std::string path, std::uint64_t offset) : path_(std::move(path)) {
  fd_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd_ < 0) throw ErrorException(Error::io(errno, "cannot open", path_));
  if (offset != 0 && lseek(fd_, static_cast<off_t>(offset), SEEK_SET) < 0) {
    const int failure = errno;
    ::close(fd_);
    throw ErrorException(Error::io(failure, "cannot read", path_));
  }
}

FileSource::~FileSource() { ::close(fd_); }

std::size_t FileSource::read(std::span<std::byte> out) {
  for (;;) {
    const ssize_t count = ::read(fd_, out.data(), out.size());
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) throw ErrorException(Error::io(errno, "cannot read", path_));
  }
}

}  // namespace tbx
