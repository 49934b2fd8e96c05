// Wall time from a processor's tick counter, as far as that can be trusted.
#pragma once

#include <time.h>

#include <cstdint>

namespace tbx {

// Two readings of both clocks give the counter's rate, a third must agree with it. From then on
// ticks are turned into time, for a millisecond at most, when both are to be read again. So a
// clock that is set, a counter that jumps (a virtual machine was moved, or slept), and one of
// another rate are noticed within a millisecond, and the slewing of NTP, at most 500 ppm, makes
// half a microsecond; a double holds today's wall time in steps of a quarter of one.
class TickTimeline {
 public:
  // Whether `secs`, since the Unix epoch, is the time at `ticks`; else both clocks must be read.
  bool at(std::uint64_t ticks, double& secs) const noexcept {
    const std::uint64_t since = ticks - ticks_;  // a counter that went back makes it huge
    if (since >= trusted_ticks_) return false;
    secs = secs_ + (fraction_ + static_cast<double>(since) * secs_per_tick_);
    return true;
  }

  // What the clocks showed at one moment.
  void read(std::uint64_t ticks, const timespec& wall) noexcept {
    const double elapsed_secs = static_cast<double>(wall.tv_sec - wall_.tv_sec) +
                                static_cast<double>(wall.tv_nsec - wall_.tv_nsec) * 1e-9;
    // Over less a rate is too coarse: a reading may be half a microsecond old.
    if (trusted_ticks_ == 0 && elapsed_secs >= 0 && elapsed_secs < kCalibrationSecs) return;
    double rate = elapsed_secs / static_cast<double>(ticks - ticks_);
    if (!(rate > 0 && rate < 1)) rate = 0;  // one of them stood still, or went back
    const double change = rate - secs_per_tick_;
    const double tolerance = kTolerance * secs_per_tick_;
    const bool agrees = rate > 0 && change <= tolerance && change >= -tolerance;
    trusted_ticks_ = agrees ? static_cast<std::uint64_t>(kTrustedSecs / secs_per_tick_) : 0;
    if (!agrees || elapsed_secs >= kCalibrationSecs) secs_per_tick_ = rate;
    ticks_ = ticks;
    wall_ = wall;
    secs_ = static_cast<double>(wall.tv_sec);
    fraction_ = static_cast<double>(wall.tv_nsec) * 1e-9;
  }

 private:
  static constexpr double kCalibrationSecs = 5e-3;
  static constexpr double kTrustedSecs = 1e-3;
  static constexpr double kTolerance = 1e-3;

  // The last reading, but for those too close behind another.
  std::uint64_t ticks_ = 0;
  timespec wall_{};
  double secs_ = 0;  // whole ones of it, and the rest
  double fraction_ = 0;
  double secs_per_tick_ = 0;
  std::uint64_t trusted_ticks_ = 0;  // 0: the rate is not known
};

}  // namespace tbx
