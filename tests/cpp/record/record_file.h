// A record file in memory, with what a reader ought to find in it.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <vector>

#include "support/test_bytes.h"
#include "tbx/record/record_framer.h"

namespace tbx_test {

struct RecordFile {
  Bytes bytes;
  std::vector<Bytes> payloads;
  std::vector<std::size_t> starts = {0};  // where each record starts; one more: where the file ends

  void add(std::span<const std::byte> payload) {
    payloads.emplace_back(payload.begin(), payload.end());
    bytes.resize(bytes.size() + tbx::framed_size(payload.size()));
    tbx::frame_record(&bytes[starts.back()], payload);
    starts.push_back(bytes.size());
  }

  // Records of random bytes, of these sizes.
  static RecordFile of_sizes(const std::vector<std::size_t>& sizes) {
    RecordFile file;
    for (const std::size_t size : sizes) {
      file.add(random_bytes(size, static_cast<unsigned>(file.payloads.size())));
    }
    return file;
  }

  // The number of whole records in the first `size` bytes.
  std::size_t whole_records(std::size_t size) const {
    std::size_t count = 0;
    while (count < payloads.size() && starts[count + 1] <= size) ++count;
    return count;
  }
};

// Small, but with every kind of size: empty, a byte, around a word, around a header, longer.
inline RecordFile small_record_file() {
  return RecordFile::of_sizes({24, 0, 1, 45, 7, 8, 9, 0, 16, 300, 5});
}

}  // namespace tbx_test
