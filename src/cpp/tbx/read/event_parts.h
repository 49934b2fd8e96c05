// An Event taken apart as far as an index of it needs.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tbx {

// What a Summary.Value holds: the number of its field in the oneof, or what stands beside it.
enum class ValueKind : std::uint8_t { kScalar, kImage, kHistogram, kAudio, kTensor, kEmpty };
inline constexpr std::size_t kValueKinds = 6;

struct ValuePart {
  std::string_view tag;
  std::string_view plugin;              // empty if the value has no metadata, or they name none
  ValueKind kind = ValueKind::kEmpty;   // kTensor also where the tensor is a scalar
  float simple_value = 0;               // kScalar
  std::span<const std::byte> tensor{};  // kTensor: the TensorProto
  std::span<const std::byte> bytes{};   // the Summary.Value
};

// What an Event holds besides a summary.
struct EventParts {
  double wall_time = 0;
  std::int64_t step = 0;
  bool has_file_version = false;
  bool has_graph = false;
  bool has_run_metadata = false;
  bool has_session_start = false;
  std::vector<ValuePart> values;

  // Takes `payload` apart, in the place of what was here before; false if it is no Event. Views
  // stay as valid as `payload`.
  bool take_apart(std::span<const std::byte> payload);

 private:
  bool take_values(std::span<const std::byte> summary);
};

}  // namespace tbx
