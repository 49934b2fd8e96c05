// The way of a scalar event: encoded, through the ring, framed; and read back.
#include <atomic>
#include <cstring>
#include <memory>

#include "hot_path.h"
#include "median_time.h"
#include "scalar_events.h"
#include "tbx/queue/event_ring.h"
#include "tbx/record/record_framer.h"
#include "tbx/record/record_reader.h"

namespace tbx_bench {
namespace {

using Ring = tbx::EventRing<>;
using Bytes = std::vector<std::byte>;

constexpr const char* kCopy = "memcpy of a scalar event";
constexpr const char* kCopyAndExchange = "memcpy of a scalar event, one atomic exchange";

std::size_t frame_bytes() { return tbx::framed_size(EncodedEvents::kEventBytes); }

std::shared_ptr<Bytes> room_for_events() {
  return std::make_shared<Bytes>(kEvents * EncodedEvents::kEventBytes);
}

HotPath event_path(std::string name, std::string limit, std::function<void()> work) {
  return {std::move(name),  "event",        kEvents, kEvents * EncodedEvents::kEventBytes,
          std::move(limit), std::move(work)};
}

HotPath copying(std::shared_ptr<const EncodedEvents> events) {
  HotPath path = event_path(kCopy, "", [events, out = room_for_events()] {
    // Counted at run time, so no constant to the compiler, as it is none to the core.
    const std::size_t bytes = EncodedEvents::kEventBytes;
    for (std::size_t i = 0; i < kEvents; ++i) {
      std::memcpy(&(*out)[i * bytes], (*events)[i].data(), bytes);
    }
    keep(out->data());
  });
  path.is_counted = false;
  return path;
}

// What any queue of many producers needs: one instruction that decides who is first.
HotPath copying_and_exchanging(std::shared_ptr<const EncodedEvents> events) {
  HotPath path = event_path(
      kCopyAndExchange, "",
      [events, out = room_for_events(), word = std::make_shared<std::atomic<std::uint64_t>>(0)] {
        const std::size_t bytes = EncodedEvents::kEventBytes;
        for (std::size_t i = 0; i < kEvents; ++i) {
          keep(word->exchange(i));
          std::memcpy(&(*out)[i * bytes], (*events)[i].data(), bytes);
        }
        keep(out->data());
      });
  path.is_counted = false;
  return path;
}

HotPath encoding() {
  return event_path("scalar event: encode", kCopy, [out = room_for_events()] {
    std::byte* next = out->data();
    for (std::size_t i = 0; i < kEvents; ++i) {
      const ScalarEvent event(i);
      event.write(next);
      next += event.size();
    }
    keep(out->data());
  });
}

HotPath encoding_short() {
  return event_path("scalar event: encode the short way", kCopy, [out = room_for_events()] {
    std::byte* next = out->data();
    for (std::size_t i = 0; i < kEvents; ++i) {
      const tbx::ShortScalarEvent event = short_scalar_event(i);
      event.write(next);
      next += event.size();
    }
    keep(out->data());
  });
}

// Both ends of the ring by turns, in one thread: what it costs where nobody waits.
class RingPath {
 public:
  explicit RingPath(std::shared_ptr<const EncodedEvents> events)
      : events_(std::move(events)), block_(std::make_unique<Block>()), ring_(block_->bytes) {}

  // Returns how many came out.
  std::size_t run() {
    for (std::size_t i = 0; i < kEvents; ++i) {
      const std::span<const std::byte> event = (*events_)[i];
      Ring::Slot slot;
      if (ring_.try_reserve(tbx::RecordKind::kWhole, 1, event.size(), slot) !=
          tbx::ReserveResult::kReserved) {
        break;
      }
      std::memcpy(slot.payload, event.data(), event.size());
      ring_.commit(slot);
    }
    std::size_t count = 0;
    tbx::RingRecord record;
    while (ring_.read(cursor_, record)) {
      count += record.payload.size() == EncodedEvents::kEventBytes;
      keep(record.payload.data());
    }
    ring_.release_to(cursor_);
    return count;
  }

 private:
  static constexpr std::size_t kCapacityBytes = 128 * 1024;
  struct alignas(tbx::kCacheLineBytes) Block {
    std::byte bytes[Ring::block_bytes(kCapacityBytes)];
  };

  std::shared_ptr<const EncodedEvents> events_;
  std::unique_ptr<Block> block_;
  Ring ring_;
  std::uint64_t cursor_ = 0;
};

HotPath through_ring(std::shared_ptr<const EncodedEvents> events) {
  auto ring = std::make_shared<RingPath>(std::move(events));
  require(ring->run() == kEvents, "events that come out of the ring");
  return event_path("ring: an event in and out", kCopyAndExchange, [ring] { keep(ring->run()); });
}

void frame_all(const EncodedEvents& events, Bytes& frames) {
  const std::size_t bytes = frame_bytes();
  for (std::size_t i = 0; i < kEvents; ++i) tbx::frame_record(&frames[i * bytes], events[i]);
  keep(frames.data());
}

// Gives the bytes once.
class MemorySource final : public tbx::ByteSource {
 public:
  explicit MemorySource(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::size_t read(std::span<std::byte> out) override {
    const std::size_t count = std::min(out.size(), bytes_.size());
    std::memcpy(out.data(), bytes_.data(), count);
    bytes_ = bytes_.subspan(count);
    return count;
  }

 private:
  std::span<const std::byte> bytes_;
};

std::size_t count_records(std::span<const std::byte> frames) {
  MemorySource source(frames);
  tbx::RecordReader reader(source);
  std::size_t count = 0;
  while (reader.next().status == tbx::ReadStatus::kRecord) ++count;
  return count;
}

}  // namespace

std::vector<HotPath> event_paths() {
  const auto events = std::make_shared<const EncodedEvents>();
  const auto frames = std::make_shared<Bytes>(kEvents * frame_bytes());
  frame_all(*events, *frames);
  require(count_records(*frames) == kEvents, "records read back");
  return {
      copying(events),
      copying_and_exchanging(events),
      encoding(),
      encoding_short(),
      through_ring(events),
      event_path(
          "scalar event: frame and checksum", kCopy,
          [events, out = std::make_shared<Bytes>(frames->size())] { frame_all(*events, *out); }),
      event_path("scalar event: read back (RecordReader)", kCopy,
                 [frames] { keep(count_records(*frames)); }),
  };
}

}  // namespace tbx_bench
