// The timer of the benchmarks: the median over several runs of the mean time of one call.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "tbx/base/clock.h"

namespace tbx_bench {

// Makes the compiler believe that `value` is used, so that the work behind it is done.
template <typename T>
void keep(const T& value) {
  asm volatile("" : : "r,m"(value) : "memory");
}

// Nanoseconds for one call of `work`. A run repeats it for at least `kRunNs`, so that the clock's
// own cost and resolution do not show; the median forgets the runs in which somebody else had the
// CPU.
template <typename Work>
double median_ns(Work&& work) {
  constexpr std::size_t kRuns = 7;
  constexpr std::int64_t kRunNs = 20'000'000;
  std::int64_t repeats = 1;
  const auto run = [&] {
    const std::int64_t start = tbx::monotonic_ns();
    for (std::int64_t i = 0; i < repeats; ++i) work();
    return tbx::monotonic_ns() - start;
  };
  while (run() < kRunNs) repeats *= 2;
  std::array<double, kRuns> times;
  for (double& time : times) time = static_cast<double>(run()) / static_cast<double>(repeats);
  std::sort(times.begin(), times.end());
  return times[kRuns / 2];
}

}  // namespace tbx_bench
