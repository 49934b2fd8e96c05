// A window over a file that can be looked through in any order, and that never holds more than a
// megabyte or the record looked at.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace tbx {

class FileWindow {
 public:
  // Throws ErrorException if the file cannot be opened.
  explicit FileWindow(std::string path);
  FileWindow(const FileWindow&) = delete;
  FileWindow& operator=(const FileWindow&) = delete;
  ~FileWindow();

  // The length of the file when it was opened, in bytes. What is appended later is not seen, so
  // that one pass over a growing file ends.
  std::uint64_t size() const noexcept { return size_; }

  // The `bytes` bytes at `offset`; fewer where the file ends. Valid until the next call. Throws
  // ErrorException if the file cannot be read.
  std::span<const std::byte> view(std::uint64_t offset, std::uint64_t bytes) {
    const std::span<const std::byte> here = held(offset);
    return bytes <= here.size() ? here.first(static_cast<std::size_t>(bytes)) : load(offset, bytes);
  }

  // All that the window already has from `offset` on, perhaps nothing. Valid until the next view().
  std::span<const std::byte> held(std::uint64_t offset) const noexcept {
    const std::uint64_t before = offset - start_;  // in the window; huge if `offset` is in front
    if (before >= held_) return {};
    return {memory_.get() + before, static_cast<std::size_t>(held_ - before)};
  }

 private:
  std::span<const std::byte> load(std::uint64_t offset, std::uint64_t bytes);

  std::string path_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
  std::unique_ptr<std::byte[]> memory_;
  std::size_t capacity_ = 0;
  // memory_ holds the bytes [start_, start_ + held_) of the file.
  std::uint64_t start_ = 0;
  std::size_t held_ = 0;
};

}  // namespace tbx
