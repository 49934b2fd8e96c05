// The drain's threads of this process, as the kernel sees them.
#pragma once

#include <time.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace tbx_test {

// Ids of the threads that call themselves tbx-drain.
inline std::vector<int> drain_threads() {
  std::vector<int> ids;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::getline(std::ifstream(task.path() / "comm"), name);  // empty if it ended just now
    if (name == "tbx-drain") ids.push_back(std::stoi(task.path().filename().string()));
  }
  return ids;
}

// A line of /proc/self/task/<id>/status, without its name and white space.
inline std::string thread_status(int id, const std::string& field) {
  std::ifstream status("/proc/self/task/" + std::to_string(id) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field + ":"))
      return line.substr(line.find_first_not_of(" \t", field.size() + 1));
  }
  return {};
}

// Whether it waits for something: neither running nor waiting for a processor.
inline bool is_thread_at_rest(int id) { return thread_status(id, "State").starts_with('S'); }

// How often the thread went to sleep.
inline std::uint64_t sleeps_of_thread(int id) {
  return std::stoull(thread_status(id, "voluntary_ctxt_switches"));
}

// Processor time that the thread has used.
inline double cpu_ms_of_thread(int id) {
  // The kernel's MAKE_THREAD_CPUCLOCK(id, CPUCLOCK_SCHED), include/linux/posix-timers.h.
  const auto clock = static_cast<clockid_t>(~static_cast<unsigned>(id) << 3 | 6u);
  timespec used;
  if (clock_gettime(clock, &used) != 0) return -1;
  return static_cast<double>(used.tv_sec) * 1e3 + static_cast<double>(used.tv_nsec) * 1e-6;
}

}  // namespace tbx_test
