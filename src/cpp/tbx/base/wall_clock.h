// Wall time for whoever asks for it millions of times a second.
#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

#include "tbx/base/clock.h"
#include "tbx/base/tick_timeline.h"

namespace tbx {

// Reading the processor's counter takes 10 ns where the kernel's clock takes 22, a fifth of an
// add_scalar(). Only where the kernel itself goes by that counter, having found that it runs at one
// rate and alike on all processors; elsewhere every call asks the kernel.
class WallClock {
 public:
  // Seconds since the Unix epoch, within a microsecond of wall_time_secs(). One thread at a time.
  double now_secs() noexcept {
#if defined(__x86_64__)
    if (double secs; timeline_.at(__rdtsc(), secs)) return secs;
    return read_clocks();
#else
    return wall_time_secs();
#endif
  }

 private:
#if defined(__x86_64__)
  [[gnu::noinline]] double read_clocks() noexcept;

  TickTimeline timeline_;
#endif
};

}  // namespace tbx
