// Reading a file through its descriptor.
#include "tbx/record/byte_source.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "tbx/base/error.h"

namespace tbx {

FileSource::FileSource(std::string path) : path_(std::move(path)) {
  fd_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd_ < 0) throw ErrorException(Error::io(errno, "cannot open", path_));
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
