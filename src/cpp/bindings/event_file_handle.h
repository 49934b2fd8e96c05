// The Python object of one event file: what FileWriter holds, and what the scalar methods are bound
// to.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "tbx/writer/event_writer.h"

namespace tbx::bindings {

struct EventFileHandle {
  std::shared_ptr<EventWriter> writer;
  std::uint32_t id;
  std::string path;
  bool closed = false;                 // by its own close()
  std::uint64_t recovered_events = 0;  // of killed processes, into other files of the directory

  bool is_closed() const { return closed || writer->is_closed(); }
};

}  // namespace tbx::bindings
