// The hidden file that a ring lives in, so that what is in the ring outlives a killed process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "tbx/base/error.h"
#include "tbx/queue/ring_file_layout.h"

namespace tbx {

// Locked (flock) as long as its owner lives: who gets the lock knows that the owner is dead.
class RingFile {
 public:
  // Creates the file in `directory` and maps its block over `block`, whose content is lost: it is
  // `beginning`, and zeros behind. Where it was so before, who reads it meanwhile sees no change.
  // Every byte is reserved on the device first: a page that the device has no room for would end
  // the program with SIGBUS. After an error `block` is as it was.
  static Error create(const std::string& directory, std::span<std::byte> block,
                      std::span<const std::byte> beginning, std::unique_ptr<RingFile>& out);
  // Lets go of the file, but leaves it where it is. In a forked child, too, whose lock it must not
  // be; the block that is still mapped there must be dropped as well.
  ~RingFile();
  RingFile(const RingFile&) = delete;
  RingFile& operator=(const RingFile&) = delete;

  const std::string& path() const noexcept { return path_; }

  // Events of `file_id` belong into the file at `event_file`, which ends at `file_end` bytes.
  // Before any of them is in the ring.
  Error name_file(std::uint32_t file_id, std::string_view event_file, std::uint64_t cursor,
                  std::uint64_t file_end);

  // What was in the ring before `cursor` is in the event file, which ends at `file_end`. Before the
  // ring is released to there.
  void mark(std::uint32_t file_id, std::uint64_t cursor, std::uint64_t file_end) noexcept;

  // Somebody has deleted it, or moved or deleted its directory.
  bool is_gone() const noexcept;

  // Everything is in the event files.
  void remove() noexcept;

 private:
  RingFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}

  Error map(std::span<std::byte> block, std::span<const std::byte> beginning);
  void close_file() noexcept;

  std::string path_;
  int fd_;
  FileMarks* marks_ = nullptr;
  std::uint64_t names_end_ = 0;
};

}  // namespace tbx
