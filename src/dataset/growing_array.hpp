#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <type_traits>

#include "dataset/mapped_region.hpp"

namespace prs {

/// A vector of plain values for lists of millions: growing never copies, so that the peak is what it holds, not three
/// times that. Pointers into it end with the next push or append.
template <class T>
class GrowingArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  GrowingArray() = default;
  GrowingArray(GrowingArray&& other) noexcept
      : region_(std::move(other.region_)), size_(std::exchange(other.size_, 0)) {}
  GrowingArray& operator=(GrowingArray&& other) noexcept {
    region_ = std::move(other.region_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* data() { return static_cast<T*>(region_.data()); }
  const T* data() const { return static_cast<const T*>(region_.data()); }
  T& operator[](std::size_t index) { return data()[index]; }
  const T& operator[](std::size_t index) const { return data()[index]; }
  /// What it occupies, in whole pages.
  std::size_t memory_bytes() const { return region_.size_bytes(); }

  void push(const T& value) { append(&value, 1); }
  void append(const T* values, std::size_t count) {
    if (count == 0) return;
    if ((size_ + count) * sizeof(T) > region_.size_bytes()) grow(count);
    std::memcpy(data() + size_, values, count * sizeof(T));
    size_ += count;
  }
  void truncate(std::size_t size) { size_ = std::min(size_, size); }
  void shrink_to_fit() { region_.resize(size_ * sizeof(T)); }
  /// The values in [begin, end) are no longer needed: their memory goes back, their places stay.
  void release(std::size_t begin, std::size_t end) { region_.release(begin * sizeof(T), end * sizeof(T)); }

 private:
  void grow(std::size_t count) {
    constexpr std::size_t first_bytes = 64 << 10;
    const std::size_t half_more = region_.size_bytes() + region_.size_bytes() / 2;
    region_.resize(std::max({(size_ + count) * sizeof(T), half_more, first_bytes}));
  }

  MappedRegion region_;
  std::size_t size_ = 0;
};

}  // namespace prs
