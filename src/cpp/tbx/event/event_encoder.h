// Encodes Event messages: the stamp (wall time, step) and what is inside.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "tbx/base/byte_buffer.h"
#include "tbx/event/wire.h"

namespace tbx {

// A protobuf message ends below 2 GiB; both of TensorBoard's readers parse events with protobuf.
inline constexpr std::size_t kMaxEventBytes = (std::size_t{1} << 31) - 1;

struct EventStamp {
  double wall_time =
      0;  // seconds since the epoch, finite: a NaN makes TensorBoard drop the rest of the file
  std::int64_t step = 0;  // 0 also stands for "no step": proto3 writes neither
};

// Bytes of an Event that holds a Summary of `summary_bytes`.
std::size_t summary_event_size(const EventStamp& stamp, std::size_t summary_bytes) noexcept;
// Writes all of it but the Summary's own bytes, which the caller writes next, to what is returned.
// By value: a position that others could change is loaded anew for each byte.
[[nodiscard]] wire::Writer write_summary_event_header(wire::Writer out, const EventStamp& stamp,
                                                      std::size_t summary_bytes) noexcept;

// Event{wall_time, step, file_version}: the first record of every file, and again before a purge.
// `source_writer` names the code that writes; empty: not said.
ByteBuffer encode_file_version(const EventStamp& stamp, std::string_view source_writer);

// Event{wall_time, step, session_log{START}}: asks TensorBoard to forget what the run has at `step`
// and later.
ByteBuffer encode_session_start(const EventStamp& stamp);

// Why the serialized Event `payload` must not go into a file: it is not well-formed, down to what
// its summary's values hold; its wall time is not finite; a tag is not UTF-8; or it is too large.
// Empty if nothing is wrong.
std::string event_problem(std::span<const std::byte> payload);

}  // namespace tbx
