#include "tbx/sink/descriptor_cache.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace tbx {
namespace {

constexpr mode_t kFileMode = 0666;  // less the umask, like any file a program writes

std::size_t default_capacity() {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return 256;
  return std::clamp<std::size_t>(limit.rlim_cur / 4, 4, 256);
}

}  // namespace

DescriptorCache& DescriptorCache::process_wide() {
  static auto& cache =
      *new DescriptorCache(default_capacity());  // outlives every static destructor
  return cache;
}

Error CachedDescriptor::create(DescriptorCache& cache, const std::string& path,
                               CachedDescriptor& out) {
  std::lock_guard lock(cache.mutex_);
  out.cache_ = &cache;
  out.path_ = path;
  return cache.open(out, O_CREAT | O_EXCL);
}

Error CachedDescriptor::open_existing(DescriptorCache& cache, const std::string& path,
                                      CachedDescriptor& out) {
  std::lock_guard lock(cache.mutex_);
  out.cache_ = &cache;
  out.path_ = path;
  return cache.open(out, 0);
}

CachedDescriptor::~CachedDescriptor() {
  if (cache_ != nullptr) (void)cache_->close(*this);  // close() before reports what went wrong
}

Error CachedDescriptor::reopen() {
  std::lock_guard lock(cache_->mutex_);
  if (fd_ < 0) return cache_->open(*this, O_CREAT);
  const int fd = cache_->open_fd(path_, O_CREAT);
  if (fd < 0) return Error::io(errno, "cannot open event file", path_);
  if (fd_ < 0) {  // it was closed to make room for that
    cache_->hold(*this, fd);
    return {};
  }
  // Under the number that a sync of another thread may be using.
  const int result = dup3(fd, fd_, O_CLOEXEC);
  const int failure = errno;
  ::close(fd);
  return result < 0 ? Error::io(failure, "cannot open event file", path_) : Error{};
}

int DescriptorCache::open_fd(const std::string& path, int flags) {
  // O_APPEND: several processes may hold the file; each write goes to its end as it then is.
  const auto open_once = [&] {
    int fd;
    do {
      fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | flags, kFileMode);
    } while (fd < 0 && errno == EINTR);
    return fd;
  };
  int fd = open_once();
  if (fd < 0 && errno == EMFILE && !recently_used_.empty()) {
    close_least_recently_used(
        0);  // the rest of the program needs more descriptors than was guessed
    fd = open_once();
  }
  return fd;
}

Error DescriptorCache::open(CachedDescriptor& descriptor, int flags) {
  close_least_recently_used(capacity_ - 1);
  const int fd = open_fd(descriptor.path_, flags);
  if (fd < 0) return Error::io(errno, "cannot open event file", descriptor.path_);
  hold(descriptor, fd);
  return {};
}

void DescriptorCache::hold(CachedDescriptor& descriptor, int fd) {
  descriptor.fd_ = fd;
  recently_used_.push_front(&descriptor);
  descriptor.place_ = recently_used_.begin();
}

void DescriptorCache::close_least_recently_used(std::size_t keep) {
  for (auto it = recently_used_.end();
       it != recently_used_.begin() && recently_used_.size() > keep;) {
    CachedDescriptor* descriptor = *--it;
    if (descriptor->leases_ != 0) continue;
    ++it;  // close_fd() erases the place before it
    (void)close_fd(
        *descriptor);  // everything was handed over by write(2); sync() reports device errors
  }
}

int DescriptorCache::close_fd(CachedDescriptor& descriptor) {
  const int result = ::close(descriptor.fd_);
  descriptor.fd_ = -1;
  descriptor.close_after_use_ = false;
  recently_used_.erase(descriptor.place_);
  return result;
}

Error DescriptorCache::close(CachedDescriptor& descriptor) {
  std::lock_guard lock(mutex_);
  if (descriptor.fd_ < 0) return {};
  if (descriptor.leases_ != 0) {
    descriptor.close_after_use_ = true;
    return {};
  }
  // EINTR: on Linux the descriptor is closed all the same.
  if (close_fd(descriptor) != 0 && errno != EINTR) {
    return Error::io(errno, "cannot close event file", descriptor.path_);
  }
  return {};
}

void DescriptorCache::close_all_in_child() {
  while (!recently_used_.empty()) {
    recently_used_.front()->leases_ = 0;
    (void)close_fd(*recently_used_.front());
  }
}

DescriptorLease::DescriptorLease(CachedDescriptor& descriptor) : descriptor_(descriptor) {
  DescriptorCache& cache = *descriptor.cache_;
  std::lock_guard lock(cache.mutex_);
  ++descriptor.leases_;
  if (descriptor.fd_ < 0) {
    error_ = cache.open(descriptor, 0);
  } else {
    cache.recently_used_.splice(cache.recently_used_.begin(), cache.recently_used_,
                                descriptor.place_);
  }
}

DescriptorLease::~DescriptorLease() {
  DescriptorCache& cache = *descriptor_.cache_;
  std::lock_guard lock(cache.mutex_);
  if (--descriptor_.leases_ == 0 && descriptor_.close_after_use_) (void)cache.close_fd(descriptor_);
}

}  // namespace tbx
