// What a producer does when the ring is full.
#pragma once

namespace tbx {

enum class OverflowPolicy {
  kBlock,  // wait for room; the default, because it loses nothing
  kDrop,   // give the event up at once and count it
};

}  // namespace tbx
