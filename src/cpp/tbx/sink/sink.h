// Where framed records go: an append-only run of bytes. Tests put failing ones in its place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "tbx/base/error.h"

namespace tbx {

struct AppendOutcome {
  std::size_t written = 0;  // may be short of what was asked, with the reason in error
  Error error;
};

// Not thread-safe, except that sync() may run beside all but the destructor.
class Sink {
 public:
  virtual ~Sink() = default;

  virtual const std::string& path() const = 0;

  // In a forked child: whatever a thread of the parent's was in the middle of, it is not here.
  virtual void reset_in_child() noexcept {}

  // Excludes other processes that append to the same file, from here to unlock().
  virtual Error lock() = 0;
  virtual void unlock() noexcept = 0;

  // Hands bytes to the operating system: after this they survive the process.
  virtual AppendOutcome append(std::span<const std::byte> bytes) = 0;

  // How many bytes the file has. Under the lock nobody changes it. ESTALE where path() leads to
  // another file by now, or to none: what is appended would be lost.
  virtual Error size(std::uint64_t& bytes) = 0;

  // Puts what is in the file that path() leads to, from `offset` on, into `out`, and says how much
  // that was: less than fits only where the file ends.
  virtual Error read(std::uint64_t offset, std::span<std::byte> out, std::size_t& count) = 0;

  // Goes on with the file that path() leads to by now. Where there is none it is made, with its
  // directory. Others may append to it, too.
  virtual Error reopen() = 0;

  // Takes everything from `size` on away again.
  virtual Error truncate(std::uint64_t size) = 0;

  // Waits until everything appended is on the device: after this it survives the machine.
  virtual Error sync() = 0;

  virtual Error close() = 0;
};

}  // namespace tbx
