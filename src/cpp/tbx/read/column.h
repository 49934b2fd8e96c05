// A growing array of numbers that is handed out without a copy. Grown by realloc(3), which moves
// pages instead of copying them where arrays are large; std::vector would hold old and new at once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace tbx {

template <typename T>
class Column {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Column() = default;
  Column(Column&& other) noexcept
      : values_(std::exchange(other.values_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  Column& operator=(Column&& other) noexcept {
    std::swap(values_, other.values_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~Column() { std::free(values_); }

  void push_back(T value) {
    if (size_ == capacity_) grow();
    values_[size_++] = value;
  }

  std::size_t size() const noexcept { return size_; }
  T* data() noexcept { return values_; }
  T operator[](std::size_t index) const { return values_[index]; }

 private:
  void grow() {
    const std::size_t capacity = std::max<std::size_t>(16, capacity_ + capacity_ / 2);
    void* const values = std::realloc(values_, capacity * sizeof(T));
    if (values == nullptr) throw std::bad_alloc();
    values_ = static_cast<T*>(values);
    capacity_ = capacity;
  }

  T* values_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace tbx
