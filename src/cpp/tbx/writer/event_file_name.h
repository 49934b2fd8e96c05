// The name of an event file.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tbx {

struct FileStamp {
  std::int64_t secs;  // since the Unix epoch
  std::uint32_t uid;  // below 100,000
};

// Stamps that sort in the order in which they were handed out, whatever the clock says. Lock-free:
// a forked child goes on with it, also where another thread was at it in the parent.
class FileStampSequence {
 public:
  FileStamp next(std::int64_t now_secs) noexcept;

 private:
  static constexpr unsigned kUidBits = 17;  // up to 131,071
  std::atomic<std::uint64_t> next_{0};      // secs << kUidBits | uid
};

// The host as it stands in a name: letters, digits, '.', '-' and '_' as they are, '_' for any other
// byte, at most `room` bytes. TensorBoard and rsync get paths that need no quoting and no encoding.
std::string host_for_name(std::string_view hostname, std::size_t room);

// events.out.tfevents.<seconds, 10 digits>.<hostname>.<pid>.<uid, 5 digits><suffix>
//
// TensorBoard reads any file whose name contains "tfevents", and the files of a run in the order of
// their names; it never returns to one that is not the last. So the names of one process sort in
// the order of their creation: the seconds never step back, even if the clock does, and uid counts
// up with a fixed width. pid and hostname keep processes apart. Of a long hostname only the
// beginning is there: file systems take names of up to 255 bytes.
inline constexpr std::string_view kEventFilePrefix = "events.out.tfevents.";
std::string next_event_file_name(std::string_view filename_suffix);

}  // namespace tbx
