#include "dataset/mapped_region.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "support/errors.hpp"

namespace prs {
namespace {
std::size_t page_bytes() {
  static const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return size;
}
}  // namespace

MappedRegion::~MappedRegion() {
  if (data_ != nullptr) ::munmap(data_, size_bytes_);
}

void MappedRegion::resize(std::size_t bytes) {
  const std::size_t wanted = (bytes + page_bytes() - 1) / page_bytes() * page_bytes();
  if (wanted == size_bytes_) return;
  if (wanted == 0) {
    *this = MappedRegion();
    return;
  }
  void* const moved = data_ == nullptr
                          ? ::mmap(nullptr, wanted, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                          : ::mremap(data_, size_bytes_, wanted, MREMAP_MAYMOVE);
  if (moved == MAP_FAILED)
    throw system_error("no memory for the list of input files", std::to_string(wanted >> 20) + " MiB", errno);
  data_ = moved;
  size_bytes_ = wanted;
}

void MappedRegion::release(std::size_t begin_bytes, std::size_t end_bytes) {
  const std::size_t begin = (begin_bytes + page_bytes() - 1) / page_bytes() * page_bytes();
  const std::size_t end = end_bytes / page_bytes() * page_bytes();
  if (begin < end) ::madvise(static_cast<char*>(data_) + begin, end - begin, MADV_DONTNEED);
}

}  // namespace prs
