// A sink that is a file.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <string>

#include "tbx/sink/descriptor_cache.h"
#include "tbx/sink/sink.h"

namespace tbx {

class FileSink final : public Sink {
 public:
  // Creates the file at `path`, which must be absolute and must not exist (EEXIST in the error's
  // sys_errno).
  static Error create(const std::string& path, std::unique_ptr<FileSink>& out);

  // Opens a file that there is (else ENOENT), to which others append as well.
  static Error open_existing(const std::string& path, std::unique_ptr<FileSink>& out);

  // How long lock() waits, in this process, from now on, for the lock of a process that keeps it;
  // 5 s where nobody has said so. A program that ends may not have that long.
  static void set_lock_patience(std::chrono::nanoseconds patience) noexcept;

  const std::string& path() const override { return path_; }
  void reset_in_child() noexcept override;
  // Always, even while no other process is known: one that is forked in the middle of a write, or
  // that was given the path, must not take what is half written for a torn record. ETIMEDOUT where
  // another process keeps the lock for long.
  Error lock() override;
  void unlock() noexcept override;
  AppendOutcome append(std::span<const std::byte> bytes) override;
  Error size(std::uint64_t& bytes) override;
  Error read(std::uint64_t offset, std::span<std::byte> out, std::size_t& count) override;
  Error reopen() override;
  Error truncate(std::uint64_t size) override;
  Error sync() override;
  Error close() override;

 private:
  explicit FileSink(std::string path) : path_(std::move(path)) {}

  void remember_file();

  std::string path_;
  CachedDescriptor descriptor_;
  std::unique_ptr<DescriptorLease>
      locked_;  // keeps the locked descriptor open: closing it would drop the lock
  // The file that is appended to; the descriptor cache opens it again by its path.
  dev_t device_ = 0;
  ino_t inode_ = 0;
  bool has_lasting_inode_ = false;
};

}  // namespace tbx
