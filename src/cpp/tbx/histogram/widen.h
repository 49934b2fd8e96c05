// Turns packed values of any type into float32 or float64, without loss where that is possible.
#pragma once

#include "tbx/histogram/block.h"
#include "tbx/histogram/tensor_view.h"

namespace tbx {

// Whether float32 holds every value of `type` exactly. Such values may be counted as float32:
// widening further to float64 changes no value, so it changes no bucket.
constexpr bool fits_float32(ValueType type) {
  return bytes_of(type) <= 2 || type == ValueType::kFloat32;
}

// Returns a block of values as packed Floats: the block itself if it is of that type, else a copy
// in `room`, which has space for them. For float32 the type must fit. Integers beyond 2^53 round as
// numpy's astype(float64) rounds them.
template <typename Float>
Block widen(ValueType type, Block block, Float* room);

}  // namespace tbx
