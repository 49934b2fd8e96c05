#include "tbx/writer/event_file_name.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <mutex>

#include "tbx/base/clock.h"

namespace tbx {
namespace {

constexpr std::uint32_t kUidLimit = 100'000;  // five digits

std::string hostname() {
  std::array<char, 256> name{};  // HOST_NAME_MAX is 64 on Linux
  if (gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
  std::string host(name.data());
  std::replace(host.begin(), host.end(), '/',
               '_');  // the only byte that would make the name a path
  return host;
}

struct Sequence {
  std::mutex mutex;
  std::int64_t secs = 0;
  std::uint32_t uid = 0;
};

}  // namespace

std::string next_event_file_name(std::string_view filename_suffix) {
  static auto& sequence = *new Sequence;  // usable during static destruction
  std::int64_t secs;
  std::uint32_t uid;
  {
    std::lock_guard lock(sequence.mutex);
    sequence.secs = std::max(sequence.secs, static_cast<std::int64_t>(wall_time_secs()));
    if (sequence.uid == kUidLimit) {
      // A sixth digit would sort before the fifth's nines; a second from the future sorts right.
      sequence.uid = 0;
      ++sequence.secs;
    }
    secs = sequence.secs;
    uid = sequence.uid++;
  }
  std::array<char, 64> number;
  std::string name = "events.out.tfevents.";
  name.append(number.data(),
              static_cast<std::size_t>(std::snprintf(number.data(), number.size(), "%010lld.",
                                                     static_cast<long long>(secs))));
  name += hostname();
  name.append(number.data(), static_cast<std::size_t>(std::snprintf(number.data(), number.size(),
                                                                    ".%d.%05u", getpid(), uid)));
  name += filename_suffix;
  return name;
}

}  // namespace tbx
