#include "tbx/writer/event_file_name.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdio>

#include "tbx/base/clock.h"

namespace tbx {
namespace {

constexpr std::uint32_t kUidLimit = 100'000;  // five digits

std::string hostname() {
  std::array<char, 256> name{};  // HOST_NAME_MAX is 64 on Linux
  if (gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
  return name.data();
}

constinit FileStampSequence sequence;

}  // namespace

FileStamp FileStampSequence::next(std::int64_t now_secs) noexcept {
  FileStamp stamp;
  // relaxed: the word is all there is to agree on.
  std::uint64_t next = next_.load(std::memory_order_relaxed);
  std::uint64_t following;
  do {
    stamp.secs = std::max(static_cast<std::int64_t>(next >> kUidBits), now_secs);
    stamp.uid = static_cast<std::uint32_t>(next & ((1u << kUidBits) - 1));
    if (stamp.uid == kUidLimit) {
      // A sixth digit would sort before the fifth's nines; a second from the future sorts right.
      stamp.uid = 0;
      ++stamp.secs;
    }
    following = static_cast<std::uint64_t>(stamp.secs) << kUidBits | (stamp.uid + 1);
  } while (!next_.compare_exchange_weak(next, following, std::memory_order_relaxed));
  return stamp;
}

std::string host_for_name(std::string_view hostname, std::size_t room) {
  std::string host(hostname.substr(0, room));
  std::ranges::replace_if(
      host,
      [](char c) {
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        return !is_letter && !(c >= '0' && c <= '9') && c != '.' && c != '-' && c != '_';
      },
      '_');
  return host;
}

std::string next_event_file_name(std::string_view filename_suffix) {
  const FileStamp stamp = sequence.next(static_cast<std::int64_t>(wall_time_secs()));
  std::array<char, 64> number;
  std::string name(kEventFilePrefix);
  name.append(number.data(),
              static_cast<std::size_t>(std::snprintf(number.data(), number.size(), "%010lld.",
                                                     static_cast<long long>(stamp.secs))));
  std::string end(number.data(),
                  static_cast<std::size_t>(std::snprintf(number.data(), number.size(), ".%d.%05u",
                                                         getpid(), stamp.uid)));
  end += filename_suffix;
  name += host_for_name(hostname(),
                        NAME_MAX - std::min<std::size_t>(NAME_MAX, name.size() + end.size()));
  name += end;
  return name;
}

}  // namespace tbx
