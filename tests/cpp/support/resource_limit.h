// Lowers a soft limit of the process for as long as the object lives.
#pragma once

#include <signal.h>
#include <sys/resource.h>

#include <stdexcept>

namespace tbx_test {

class ResourceLimit {
 public:
  using Resource = decltype(RLIMIT_FSIZE);

  ResourceLimit(Resource resource, rlim_t soft) : resource_(resource) {
    if (getrlimit(resource_, &before_) != 0) throw std::runtime_error("getrlimit");
    const rlimit lowered{soft, before_.rlim_max};
    if (setrlimit(resource_, &lowered) != 0) throw std::runtime_error("setrlimit");
  }
  ~ResourceLimit() { setrlimit(resource_, &before_); }
  ResourceLimit(const ResourceLimit&) = delete;
  ResourceLimit& operator=(const ResourceLimit&) = delete;

 private:
  const Resource resource_;
  rlimit before_{};
};

// No file grows beyond `bytes`: write(2) is short there, then fails with EFBIG. Stands in for a
// full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : limit_(RLIMIT_FSIZE, bytes) {}
  ~FileSizeLimit() { signal(SIGXFSZ, before_); }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  // Its default is to end the process; Python ignores it too.
  sighandler_t before_ = signal(SIGXFSZ, SIG_IGN);
  ResourceLimit limit_;
};

}  // namespace tbx_test
