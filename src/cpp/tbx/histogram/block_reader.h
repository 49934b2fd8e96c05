// Hands out a tensor's values block by block, packed, whatever its strides.
//
// A histogram does not care about order, so dimensions are turned and sorted into memory order
// first: a transposed, reversed or Fortran-ordered tensor is contiguous here and is read in place,
// without a copy.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "tbx/base/cache_line.h"
#include "tbx/histogram/block.h"
#include "tbx/histogram/tensor_view.h"

namespace tbx {

inline constexpr std::size_t kMaxDimensions = 64;  // numpy's and torch's limit
inline constexpr std::size_t kMaxValueBytes = 8;

class BlockReader {
 public:
  // Throws ErrorException if the shape and the strides are no description of a tensor. The view's
  // data must outlive the reader.
  explicit BlockReader(const TensorView& tensor);

  std::uint64_t value_count() const { return value_count_; }

  // The next values: kBlockValues of them, or what is left, or none at the end. Valid until the
  // next call.
  Block next();

 private:
  struct Dimension {
    std::int64_t extent;
    std::int64_t stride;
  };

  void sort_into_memory_order();
  void merge_adjacent();
  void pack(std::byte* out, std::size_t count);
  void advance_row();

  const std::byte* position_;
  std::size_t value_bytes_;
  std::uint64_t value_count_ = 1;
  std::uint64_t values_left_;
  bool contiguous_;
  std::int64_t column_ = 0;  // the position within the innermost dimension
  std::size_t rank_ = 0;
  std::array<Dimension, kMaxDimensions> dimensions_;  // outermost first
  std::array<std::int64_t, kMaxDimensions> index_;    // the position within each outer dimension
  alignas(kCacheLineBytes) std::array<std::byte, kBlockValues * kMaxValueBytes> packed_;
};

}  // namespace tbx
