// Reads back what a sink holds.
#pragma once

#include "tbx/record/byte_source.h"
#include "tbx/sink/sink.h"

namespace tbx {

// From an offset on; the sink must outlive it.
class SinkSource final : public ByteSource {
 public:
  explicit SinkSource(Sink& sink, std::uint64_t offset = 0) : sink_(sink), offset_(offset) {}

  std::size_t read(std::span<std::byte> out) override {
    std::size_t count;
    throw_if(sink_.read(offset_, out, count));
    offset_ += count;
    return count;
  }

 private:
  Sink& sink_;
  std::uint64_t offset_;
};

}  // namespace tbx
