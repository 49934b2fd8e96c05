// Brings what a killed process left in its ring into its event files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tbx/base/error.h"

namespace tbx {

struct RecoveryReport {
  std::uint64_t rings = 0;     // of dead processes, whose events are all in their files now
  std::uint64_t events = 0;    // appended
  std::uint64_t unwanted = 0;  // their event file is gone, or they are none that could be read
  std::vector<Error> errors;   // of rings that stay, to be tried again
};

// Every hidden queue file in `directory` whose owner is dead: its events are appended to the files
// that they belong to, whole, once and in order, on the device when this returns; then it is
// removed. An event that was not completely in the ring is dropped. Several processes may do this
// at the same time.
RecoveryReport recover_directory(const std::string& directory);

}  // namespace tbx
