// The two clocks: wall time goes into events and file names, monotonic time into waits.
#pragma once

#include <time.h>

#include <cstdint>

namespace tbx {

// Since the Unix epoch.
inline timespec wall_time() noexcept {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return now;
}

inline double to_secs(const timespec& time) noexcept {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// Seconds since the Unix epoch, as Event.wall_time has it.
inline double wall_time_secs() noexcept { return to_secs(wall_time()); }

// Nanoseconds since an arbitrary start; never steps back.
inline std::int64_t monotonic_ns() noexcept {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

}  // namespace tbx
