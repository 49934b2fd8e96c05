// A byte source that behaves as awkwardly as the test tells it to.
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "support/test_bytes.h"
#include "tbx/base/error.h"
#include "tbx/record/byte_source.h"

namespace tbx_test {

// Serves `bytes` in pieces of the given sizes, over and over; all at once if none are given.
class ScriptedSource final : public tbx::ByteSource {
 public:
  explicit ScriptedSource(Bytes bytes, std::vector<std::size_t> pieces = {})
      : bytes_(std::move(bytes)), pieces_(std::move(pieces)), visible_(bytes_.size()) {}

  // How much of the bytes exists so far: more appear as somebody writes them.
  void show(std::size_t visible) { visible_ = visible; }

  // Makes the read number `call`, counted from 0, fail once.
  void fail_at(std::size_t call) { failing_call_ = call; }
  std::size_t calls() const { return calls_; }

  std::size_t read(std::span<std::byte> out) override {
    const std::size_t call = calls_++;
    if (call == failing_call_)
      throw tbx::ErrorException(tbx::Error::io(EIO, "cannot read", "script"));
    std::size_t count = std::min(out.size(), visible_ - at_);
    if (!pieces_.empty()) count = std::min(count, pieces_[call % pieces_.size()]);
    if (count != 0) std::memcpy(out.data(), &bytes_[at_], count);
    at_ += count;
    return count;
  }

 private:
  Bytes bytes_;
  std::vector<std::size_t> pieces_;
  std::size_t visible_;
  std::size_t at_ = 0;
  std::size_t calls_ = 0;
  std::size_t failing_call_ = std::numeric_limits<std::size_t>::max();
};

}  // namespace tbx_test
