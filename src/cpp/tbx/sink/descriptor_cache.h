// Keeps the number of open file descriptors bounded, so that a thousand event files work under a
// small `ulimit -n`.
#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <string>

#include "tbx/base/error.h"

namespace tbx {

class DescriptorCache;

// One file that may be open or not; who wants to use it takes a Lease.
class CachedDescriptor {
 public:
  // Creates `path` exclusively for appending.
  static Error create(DescriptorCache& cache, const std::string& path, CachedDescriptor& out);

  // Opens `path`, which must exist, for appending.
  static Error open_existing(DescriptorCache& cache, const std::string& path,
                             CachedDescriptor& out);

  // Goes on with the file that the path leads to by now, which is made where there is none. Who
  // uses the descriptor meanwhile finishes with the old file or begins with the new one.
  Error reopen();

  CachedDescriptor() = default;
  ~CachedDescriptor();
  CachedDescriptor(const CachedDescriptor&) = delete;
  CachedDescriptor& operator=(const CachedDescriptor&) = delete;

 private:
  friend class DescriptorCache;
  friend class DescriptorLease;

  DescriptorCache* cache_ = nullptr;
  std::string path_;
  int fd_ = -1;
  int leases_ = 0;
  bool close_after_use_ = false;
  std::list<CachedDescriptor*>::iterator
      place_{};  // in the cache's recently_used_, while fd_ is open
};

// Keeps a descriptor open while it is used.
class DescriptorLease {
 public:
  // Opens the file again for appending if it is not open at the moment.
  explicit DescriptorLease(CachedDescriptor& descriptor);
  ~DescriptorLease();
  DescriptorLease(const DescriptorLease&) = delete;
  DescriptorLease& operator=(const DescriptorLease&) = delete;

  const Error& error() const { return error_; }
  int fd() const { return descriptor_.fd_; }

 private:
  CachedDescriptor& descriptor_;
  Error error_;
};

class DescriptorCache {
 public:
  explicit DescriptorCache(std::size_t capacity) : capacity_(capacity) {}

  // The process's own: a quarter of the descriptors that it may open.
  static DescriptorCache& process_wide();

  // At once, or when the last lease ends: a descriptor closed under its user could by then be
  // another file's.
  Error close(CachedDescriptor& descriptor);

  void lock_for_fork() { mutex_.lock(); }
  void unlock_after_fork() { mutex_.unlock(); }
  // Inherited descriptors share the parent's locks on the file, so a child opens each anew when it
  // first needs it.
  void close_all_in_child();

 private:
  friend class CachedDescriptor;
  friend class DescriptorLease;

  Error open(CachedDescriptor& descriptor, int flags);
  void hold(CachedDescriptor& descriptor, int fd);
  int open_fd(const std::string& path, int flags);
  void close_least_recently_used(std::size_t keep);
  int close_fd(CachedDescriptor& descriptor);

  const std::size_t capacity_;
  std::mutex mutex_;
  std::list<CachedDescriptor*> recently_used_;  // most recent first; exactly those that are open
};

}  // namespace tbx
