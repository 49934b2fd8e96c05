// Counters in a file, which processes count up together: each number is given once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "tbx/base/error.h"

namespace tbx {

// The file: bytes of its owner's, up to where the counters begin; then for each counter its next
// number and the length of its key in bytes, 8 little-endian bytes each, and the key. Read and
// written, not mapped: a mapping of a file system without room ends in SIGBUS.
//
// Processes exclude each other by a POSIX record lock, which is the process's, so that a forked
// child does not share it, and ends with the process. It also ends as soon as any descriptor of the
// file is closed in the process: hence one object per file and process.
class StepCounters {
 public:
  // Closes `fd` in the end.
  StepCounters(int fd, std::uint64_t begin) : fd_(fd), end_(begin) {}
  ~StepCounters();
  StepCounters(const StepCounters&) = delete;
  StepCounters& operator=(const StepCounters&) = delete;

  int fd() const noexcept { return fd_; }

  // Whoever takes a number has the lock, and only one thread of the process may have it.
  // EAGAIN: another process has it.
  Error try_lock() noexcept;
  // EINTR: a signal came first.
  Error lock() noexcept;
  void unlock() noexcept;

  // The number of `key`, from 0 on, which nobody will be given again.
  Error take(std::string_view key, std::uint64_t& number);

 private:
  Error find(const std::string& key, std::uint64_t& offset);

  const int fd_;
  // Of the counters in the file up to end_, all that this process has looked at.
  std::unordered_map<std::string, std::uint64_t> offsets_;
  std::uint64_t end_;
};

}  // namespace tbx
