// The events that the hot paths work on: scalars of one curve, as add_scalar() encodes them.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "tbx/event/event_encoder.h"
#include "tbx/event/short_scalar.h"
#include "tbx/event/summary_encoder.h"

namespace tbx_bench {

inline constexpr std::size_t kEvents = 1000;
// So that steps are varints of two bytes, and all events of one size.
inline constexpr std::int64_t kFirstStep = 1000;

// No constant to the compiler, as it is none to the core.
inline const std::string kTag = "train/loss";

class ScalarEvent {
 public:
  explicit ScalarEvent(std::size_t index)
      : stamp_{1.7e9 + static_cast<double>(index), kFirstStep + static_cast<std::int64_t>(index)},
        scalar_{kTag, static_cast<double>(index) / 1024},
        field_(scalar_) {}
  ScalarEvent(const ScalarEvent&) = delete;  // field_ points into it
  ScalarEvent& operator=(const ScalarEvent&) = delete;

  std::size_t size() const noexcept { return tbx::summary_event_size(stamp_, field_.size()); }
  void write(std::byte* out) const noexcept {
    tbx::wire::Writer writer(out);
    writer = tbx::write_summary_event_header(writer, stamp_, field_.size());
    writer = field_.write(writer);
  }

 private:
  tbx::EventStamp stamp_;
  tbx::ScalarValue scalar_;
  tbx::ScalarField field_;
};

// The same as add_scalar() encodes it in most calls.
inline tbx::ShortScalarEvent short_scalar_event(std::size_t index) {
  return {{1.7e9 + static_cast<double>(index), kFirstStep + static_cast<std::int64_t>(index)},
          kTag,
          static_cast<float>(index) / 1024};
}

// kEvents of them back to back.
class EncodedEvents {
 public:
  EncodedEvents() : bytes_(kEvents * kEventBytes) {
    for (std::size_t i = 0; i < kEvents; ++i) ScalarEvent(i).write(&bytes_[i * kEventBytes]);
  }
  std::span<const std::byte> operator[](std::size_t index) const {
    return std::span(bytes_).subspan(index * kEventBytes, kEventBytes);
  }

  inline static const std::size_t kEventBytes = ScalarEvent(0).size();

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace tbx_bench
