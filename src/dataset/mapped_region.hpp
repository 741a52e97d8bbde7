#pragma once

#include <cstddef>
#include <utility>

namespace prs {

/// Pages from the kernel that can grow without being there twice: mremap moves the mapping, not the bytes.
/// Under GrowingArray only. Pages that were never written cost no memory.
class MappedRegion {
 public:
  MappedRegion() = default;
  MappedRegion(MappedRegion&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_bytes_(std::exchange(other.size_bytes_, 0)) {}
  MappedRegion& operator=(MappedRegion&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_bytes_, other.size_bytes_);
    return *this;
  }
  MappedRegion(const MappedRegion&) = delete;
  MappedRegion& operator=(const MappedRegion&) = delete;
  ~MappedRegion();

  void* data() const { return data_; }
  std::size_t size_bytes() const { return size_bytes_; }
  /// Grows or shrinks to at least this many bytes, whole pages; throws InfrastructureError when there is no memory.
  void resize(std::size_t bytes);
  /// Gives the pages that lie whole in [begin, end) back; what they held is lost.
  void release(std::size_t begin_bytes, std::size_t end_bytes);

 private:
  void* data_ = nullptr;
  std::size_t size_bytes_ = 0;
};

}  // namespace prs
