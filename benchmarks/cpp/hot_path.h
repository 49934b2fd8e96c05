// A hot path of the core, as a piece of work to repeat under a clock or under an instruction
// counter.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace tbx_bench {

struct HotPath {
  std::string name;
  // What the time and the count are for one of: `work` does `units` of them, with `bytes` bytes of
  // the caller's in all.
  std::string unit;
  std::size_t units;
  std::size_t bytes;
  // Name of the path that no other could be faster than: the same bytes, moved and nothing else.
  // Empty: this is such a one.
  std::string limit;
  std::function<void()> work;
  // Run before each call of `work`, unseen by the clock. Only for work that takes milliseconds,
  // because the clock is read around each call then.
  std::function<void()> before{};
  // The instructions depend on nothing but the build: no system calls, no other thread.
  bool is_counted = true;
};

// What each file of this folder has to offer; answers are checked before the paths are returned.
// Files are made below `directory`.
std::vector<HotPath> crc_paths();
std::vector<HotPath> event_paths();
std::vector<HotPath> histogram_paths();
std::vector<HotPath> file_paths(const std::string& directory);

// Prints the claim and exits where it does not hold.
void require(bool truth, const std::string& claim);

}  // namespace tbx_bench
