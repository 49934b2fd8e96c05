// Sums, extremes and whatever else is done for each value of a block, in one pass.
//
// Eight running sums: value i of a block is added to sum i % 8, and the eight are added up at the
// block's end. That is what vector units do well, and because the order is fixed the result is the
// same on every machine. This is baseline code (SSE2, NEON); count_block_avx2.h and
// count_block_avx512.h have the loops for particular processors.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <limits>

#include "tbx/histogram/block.h"

namespace tbx {

struct BlockSums {
  double sum;
  // Not finite if any value was not; for float64 also if the squares are too large.
  double sum_squares;
  // Over everything but NaN.
  double min;
  double max;
};

// Adds up a block's running sums.
inline double total_of(const std::array<double, 8>& sums) {
  return ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
}

namespace block_sums_detail {

// 16 bytes, what SSE2 and NEON registers hold.
using Float4 = float __attribute__((vector_size(16)));
using Double2 = double __attribute__((vector_size(16)));
using Double4 = double __attribute__((vector_size(32)));

template <typename Float>
struct VectorOf;
template <>
struct VectorOf<float> {
  using Type = Float4;
};
template <>
struct VectorOf<double> {
  using Type = Double2;
};

// The lanes of a vector as float64, two by two. The detour over four at once is what gcc turns into
// two conversions.
template <typename Vector4>
std::array<Double2, 2> pairs_of(Vector4 four) {
  const Double4 wide = __builtin_convertvector(four, Double4);
  return {__builtin_shufflevector(wide, wide, 0, 1), __builtin_shufflevector(wide, wide, 2, 3)};
}
inline std::array<Double2, 1> pairs_of(Double2 doubles) { return {doubles}; }

}  // namespace block_sums_detail

// Scans a block of packed, possibly unaligned Floats and calls `visit(lane, value_address)` for
// each, with lanes that go round 0, 1, 2, 3.
template <typename Float, typename Visit>
inline BlockSums sum_block(Block block, Visit&& visit) {
  constexpr std::size_t kLanes = 8;
  constexpr std::size_t kVectorLanes = 16 / sizeof(Float);
  constexpr std::size_t kVectors = kLanes / kVectorLanes;
  constexpr std::size_t kPairs = kVectorLanes / 2;  // in a vector
  using Double2 = block_sums_detail::Double2;
  using Vector = typename block_sums_detail::VectorOf<Float>::Type;
  constexpr Float kInfinity = std::numeric_limits<Float>::infinity();

  // Two minima and maxima each, so that their latencies overlap.
  Vector low[2] = {Vector{} + kInfinity, Vector{} + kInfinity};
  Vector high[2] = {Vector{} - kInfinity, Vector{} - kInfinity};
  Double2 sums[4] = {};
  Double2 squares[4] = {};
  std::size_t i = 0;
  for (; i + kLanes <= block.count; i += kLanes) {
    const std::byte* group = block.values + i * sizeof(Float);
#pragma GCC unroll 4
    for (std::size_t v = 0; v < kVectors; ++v) {
      const Vector vector = load_packed<Vector>(group + v * 16);
      low[v % 2] = vector < low[v % 2] ? vector : low[v % 2];
      high[v % 2] = vector > high[v % 2] ? vector : high[v % 2];
      const auto pairs = block_sums_detail::pairs_of(vector);
#pragma GCC unroll 2
      for (std::size_t p = 0; p < kPairs; ++p) {
        sums[v * kPairs + p] += pairs[p];
        squares[v * kPairs + p] += pairs[p] * pairs[p];
      }
    }
#pragma GCC unroll 8
    for (std::size_t lane = 0; lane < kLanes; ++lane) visit(lane % 4, group + lane * sizeof(Float));
  }

  std::array<double, kLanes> sum;
  std::array<double, kLanes> square;
  std::memcpy(sum.data(), sums, sizeof sums);
  std::memcpy(square.data(), squares, sizeof squares);
  Float min = kInfinity;
  Float max = -kInfinity;
  for (std::size_t lane = 0; lane < 2 * kVectorLanes; ++lane) {
    min = std::min(min, low[lane / kVectorLanes][lane % kVectorLanes]);
    max = std::max(max, high[lane / kVectorLanes][lane % kVectorLanes]);
  }
  for (std::size_t lane = 0; i < block.count; ++i, ++lane) {
    const std::byte* address = block.values + i * sizeof(Float);
    const Float value = load_packed<Float>(address);
    const double wide = value;
    min = value < min ? value : min;
    max = value > max ? value : max;
    sum[lane] += wide;
    square[lane] += wide * wide;
    visit(lane % 4, address);
  }
  // Adding 0 makes -0.0 to +0.0: which of the two zeros comes first would depend on the order of
  // comparison.
  return {total_of(sum), total_of(square), min + 0.0, max + 0.0};
}

}  // namespace tbx
