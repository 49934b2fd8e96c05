// Where a record reader gets its bytes from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace tbx {

class ByteSource {
 public:
  ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;
  virtual ~ByteSource() = default;

  // Puts the next bytes into `out`, which is not empty, and returns how many. 0: none now; a file
  // that is still being written may have more later. Throws ErrorException on failure.
  virtual std::size_t read(std::span<std::byte> out) = 0;
};

class FileSource final : public ByteSource {
 public:
  // Throws ErrorException if the file cannot be opened.
  explicit FileSource(std::string path);
  ~FileSource() override;

  std::size_t read(std::span<std::byte> out) override;

 private:
  std::string path_;
  int fd_;
};

}  // namespace tbx
