// Where the whole records of a file end, for those who append to a file that a killed process may
// have left torn.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "tbx/record/byte_source.h"

namespace tbx {

struct RecordTail {
  std::uint64_t whole_end;  // bytes from the start of the file up to which its records are whole
  bool is_torn;             // what follows is the beginning of a record, without its end
};

// Reads the records of `rest`, which is a file from `offset` on, where one begins, and shows each
// payload to `visit`. Behind damage that is no torn tail it stops, and calls it the end. Throws
// ErrorException if the file cannot be read.
RecordTail read_record_tail(ByteSource& rest, std::uint64_t offset,
                            const std::function<void(std::span<const std::byte>)>& visit = {});

}  // namespace tbx
