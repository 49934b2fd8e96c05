// What is left in the queue file of a dead process, and what of it an event file lacks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tbx/base/error.h"
#include "tbx/writer/event_file.h"
#include "tbx/writer/recovery.h"

namespace tbx {

struct FileLeftovers {
  std::string path;        // relative to the queue file's directory, unless it begins with '/'
  std::uint64_t mark = 0;  // bytes of the event file that hold nothing of `events`
  std::vector<std::vector<std::byte>> events;  // in order; none where only its end is in doubt
};

struct RingLeftovers {
  std::vector<FileLeftovers> files;  // all that it names
  std::uint64_t unwanted = 0;        // events without a file, or such as no reader could take
};

// `content` is that of a queue file (ring_file_layout.h) that nobody writes any more. None of it is
// trusted: only files that are named as ours are get events, and those are sound.
RingLeftovers read_leftovers(std::span<const std::byte> content);

// Appends, and counts, those of the events that are not in the file yet: a process may have died
// between writing them and giving their place in the ring back. Where it died in the middle of
// writing one, that is cut away before, also if it is not among the events: the pieces of a large
// one leave the ring before it is in the file.
Error append_missing(EventFile& file, const FileLeftovers& left, RecoveryReport& report);

}  // namespace tbx
