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
    if (offset >= start_ && offset - start_ <= held_ && bytes <= held_ - (offset - start_)) {
      return {memory_.get() + (offset - start_), static_cast<std::size_t>(bytes)};
    }
    return load(offset, bytes);
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
