// The hot paths of the core, under a clock or under callgrind.
//
//   hot_paths time DIRECTORY [quick]   a line for each: name, unit, bytes of a unit, ns of a unit,
//                                      name of its limit
//   hot_paths count DIRECTORY          a line for each: name, units of its first part
//
// Columns are separated by tabs. `count` is for benchmarks/python/callgrind.py, which says what the
// parts are.
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "hot_path.h"
#include "median_time.h"

namespace tbx_bench {

void require(bool truth, const std::string& claim) {
  if (truth) return;
  std::fprintf(stderr, "wrong answer, nothing measured: %s\n", claim.c_str());
  std::exit(1);
}

namespace {

// The median of single calls: there is something to prepare before each.
double median_of_calls_ns(const HotPath& path) {
  constexpr std::size_t kCalls = 9;
  std::vector<double> times;
  for (std::size_t i = 0; i < kCalls; ++i) {
    path.before();
    const std::int64_t start = tbx::monotonic_ns();
    path.work();
    times.push_back(static_cast<double>(tbx::monotonic_ns() - start));
  }
  std::sort(times.begin(), times.end());
  return times[kCalls / 2];
}

void print_time(const HotPath& path, bool quick) {
  double ns;
  if (path.before) {
    ns = median_of_calls_ns(path);
  } else if (quick) {
    const std::int64_t start = tbx::monotonic_ns();
    path.work();
    ns = static_cast<double>(tbx::monotonic_ns() - start);
  } else {
    ns = median_ns(path.work);
  }
  std::printf("%s\t%s\t%zu\t%.4f\t%s\n", path.name.c_str(), path.unit.c_str(),
              path.bytes / path.units, ns / static_cast<double>(path.units), path.limit.c_str());
  std::fflush(stdout);
}

// The place in the program where callgrind notes what was counted up to now.
void mark() { getpriority(PRIO_PROCESS, 0); }

void count(const HotPath& path) {
  if (!path.is_counted) return;
  std::printf("%s\t%zu\n", path.name.c_str(), path.units);
  std::fflush(stdout);
  path.work();  // first calls allocate, and choose a back end
  mark();
  path.work();
  mark();
  path.work();
  path.work();
  mark();
}

}  // namespace
}  // namespace tbx_bench

int main(int argc, char** argv) {
  using namespace tbx_bench;
  const bool is_time = argc >= 3 && std::strcmp(argv[1], "time") == 0;
  if (!is_time && (argc != 3 || std::strcmp(argv[1], "count") != 0)) {
    std::fprintf(stderr, "usage: hot_paths time DIRECTORY [quick] | count DIRECTORY\n");
    return 2;
  }
  const bool quick = argc == 4 && std::strcmp(argv[3], "quick") == 0;
  for (const auto& paths : {crc_paths(), event_paths(), histogram_paths(), file_paths(argv[2])}) {
    for (const HotPath& path : paths) {
      if (is_time) {
        print_time(path, quick);
      } else {
        count(path);
      }
    }
  }
}
