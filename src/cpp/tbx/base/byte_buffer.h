// A growable run of bytes that hands out uninitialised space; std::vector would zero it first.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <utility>

namespace tbx {

class ByteBuffer {
 public:
  std::size_t size() const noexcept { return size_; }
  std::size_t capacity() const noexcept { return capacity_; }
  bool empty() const noexcept { return size_ == 0; }
  std::byte* data() noexcept { return bytes_.get(); }
  const std::byte* data() const noexcept { return bytes_.get(); }
  std::span<const std::byte> bytes() const noexcept { return {bytes_.get(), size_}; }

  // Appends `count` uninitialised bytes and returns the first; invalidates earlier pointers.
  std::byte* grow(std::size_t count) {
    if (capacity_ - size_ < count) reallocate(std::max(size_ + count, capacity_ * 2));
    std::byte* first = bytes_.get() + size_;
    size_ += count;
    return first;
  }

  void append(std::span<const std::byte> bytes) {
    if (!bytes.empty()) std::memcpy(grow(bytes.size()), bytes.data(), bytes.size());
  }

  // Drops everything from `size` on; keeps the memory.
  void truncate(std::size_t size) noexcept { size_ = std::min(size_, size); }

  // Drops the first `count` bytes.
  void consume(std::size_t count) noexcept {
    count = std::min(count, size_);
    size_ -= count;
    if (size_ != 0) std::memmove(bytes_.get(), bytes_.get() + count, size_);
  }

  void clear() noexcept { size_ = 0; }

  // Gives memory beyond `limit` bytes back, so that one large record does not stay resident for
  // ever; where there is no memory to move to, later.
  void shrink_to(std::size_t limit) noexcept {
    if (capacity_ <= limit || size_ > limit) return;
    std::unique_ptr<std::byte[]> bytes(new (std::nothrow) std::byte[limit]);
    if (bytes != nullptr) move_to(std::move(bytes), limit);
  }

 private:
  void reallocate(std::size_t capacity) {
    move_to(std::make_unique_for_overwrite<std::byte[]>(capacity), capacity);
  }
  void move_to(std::unique_ptr<std::byte[]> bytes, std::size_t capacity) noexcept {
    if (size_ != 0) std::memcpy(bytes.get(), bytes_.get(), size_);
    bytes_ = std::move(bytes);
    capacity_ = capacity;
  }

  std::unique_ptr<std::byte[]> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace tbx
