#include "tbx/histogram/block_reader.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "tbx/base/error.h"

namespace tbx {
namespace {

// Copies `count` values that lie `stride` bytes apart.
template <std::size_t kValueBytes>
void pack_values(std::byte* out, const std::byte* in, std::int64_t stride, std::size_t count) {
  if (stride == static_cast<std::int64_t>(kValueBytes)) {
    std::memcpy(out, in, count * kValueBytes);
    return;
  }
  for (std::size_t i = 0; i < count; ++i) {
    std::memcpy(out + i * kValueBytes, in + static_cast<std::int64_t>(i) * stride, kValueBytes);
  }
}

void pack_row(std::size_t value_bytes, std::byte* out, const std::byte* in, std::int64_t stride,
              std::size_t count) {
  switch (value_bytes) {
    case 1:
      return pack_values<1>(out, in, stride, count);
    case 2:
      return pack_values<2>(out, in, stride, count);
    case 4:
      return pack_values<4>(out, in, stride, count);
    default:
      return pack_values<8>(out, in, stride, count);
  }
}

}  // namespace

BlockReader::BlockReader(const TensorView& tensor)
    : position_(static_cast<const std::byte*>(tensor.data)), value_bytes_(bytes_of(tensor.type)) {
  const std::size_t dimensions = tensor.shape.size();
  if (dimensions != tensor.strides.size()) {
    throw_if(Error::invalid_argument("a tensor of " + std::to_string(dimensions) +
                                     " dimensions with " + std::to_string(tensor.strides.size()) +
                                     " strides"));
  }
  if (dimensions > kMaxDimensions) {
    throw_if(Error::invalid_argument("a tensor of " + std::to_string(dimensions) +
                                     " dimensions; at most " + std::to_string(kMaxDimensions) +
                                     " can be counted"));
  }
  for (std::size_t i = 0; i < dimensions; ++i) {
    const Dimension dimension{tensor.shape[i], tensor.strides[i]};
    if (dimension.extent < 0) {
      throw_if(Error::invalid_argument("a tensor with a dimension of " +
                                       std::to_string(dimension.extent) + " values"));
    }
    value_count_ *= static_cast<std::uint64_t>(dimension.extent);
    if (dimension.extent != 1) dimensions_[rank_++] = dimension;
  }
  values_left_ = value_count_;
  if (value_count_ == 0) rank_ = 0;
  sort_into_memory_order();
  merge_adjacent();
  if (rank_ == 0) dimensions_[rank_++] = {1, static_cast<std::int64_t>(value_bytes_)};
  contiguous_ = rank_ == 1 && dimensions_[0].stride == static_cast<std::int64_t>(value_bytes_);
  std::fill_n(index_.begin(), rank_, 0);
}

// Walks every dimension upwards, the largest stride outermost.
void BlockReader::sort_into_memory_order() {
  for (std::size_t i = 0; i < rank_; ++i) {
    Dimension& dimension = dimensions_[i];
    if (dimension.stride >= 0) continue;
    position_ += (dimension.extent - 1) * dimension.stride;
    dimension.stride = -dimension.stride;
  }
  std::sort(dimensions_.begin(), dimensions_.begin() + static_cast<std::ptrdiff_t>(rank_),
            [](const Dimension& a, const Dimension& b) { return a.stride > b.stride; });
}

// Makes one dimension of two where the outer one goes on exactly where the inner one ends.
void BlockReader::merge_adjacent() {
  std::size_t merged = 0;
  for (std::size_t i = 0; i < rank_; ++i) {
    const Dimension inner = dimensions_[i];
    if (merged != 0 && dimensions_[merged - 1].stride == inner.extent * inner.stride) {
      dimensions_[merged - 1] = {dimensions_[merged - 1].extent * inner.extent, inner.stride};
    } else {
      dimensions_[merged++] = inner;
    }
  }
  rank_ = merged;
}

Block BlockReader::next() {
  const std::size_t count =
      static_cast<std::size_t>(std::min<std::uint64_t>(values_left_, kBlockValues));
  values_left_ -= count;
  if (!contiguous_) {
    pack(packed_.data(), count);
    return {packed_.data(), count};
  }
  const Block block{position_, count};
  position_ += count * value_bytes_;
  return block;
}

void BlockReader::pack(std::byte* out, std::size_t count) {
  const Dimension row = dimensions_[rank_ - 1];
  while (count != 0) {
    const std::size_t columns = std::min(count, static_cast<std::size_t>(row.extent - column_));
    pack_row(value_bytes_, out, position_ + column_ * row.stride, row.stride, columns);
    out += columns * value_bytes_;
    count -= columns;
    column_ += static_cast<std::int64_t>(columns);
    if (column_ == row.extent) advance_row();
  }
}

void BlockReader::advance_row() {
  column_ = 0;
  for (std::size_t i = rank_ - 1; i-- > 0;) {
    const Dimension& dimension = dimensions_[i];
    if (++index_[i] < dimension.extent) {
      position_ += dimension.stride;
      return;
    }
    index_[i] = 0;
    position_ -= (dimension.extent - 1) * dimension.stride;
  }
}

}  // namespace tbx
