#include "loader/table_memory.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "support/errors.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

/// Pages that nobody touched take no memory.
constexpr std::size_t first_room_bytes = 2 << 20;
/// Kept between two loads, and copied at once.
constexpr std::size_t most_kept_bytes = 64 << 20;

[[noreturn]] void fail(const std::string& what, int error_number) {
  throw system_error(what, "for the records of a mini-batch", error_number);
}

}  // namespace

TableMemory::~TableMemory() {
  if (!room_.empty()) ::munmap(room_.data(), room_.size());
}

std::span<char> TableMemory::room(std::size_t bytes) {
  if (bytes <= room_.size()) return room_;
  const std::size_t size = std::max({bytes, 2 * room_.size(), first_room_bytes});
  constexpr int kind = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  void* const at = room_.empty() ? ::mmap(nullptr, size, PROT_READ | PROT_WRITE, kind, -1, 0)
                                 : ::mremap(room_.data(), room_.size(), size, MREMAP_MAYMOVE);
  if (at == MAP_FAILED) fail("cannot map room", errno);
  room_ = {static_cast<char*>(at), size};
  return room_;
}

UniqueFd TableMemory::sealed_copy(std::size_t bytes) {
  UniqueFd copy(::memfd_create("prs_table", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!copy) fail("cannot make memory", errno);
  for (std::size_t begin = 0; begin < bytes; begin += most_kept_bytes) {
    const std::size_t end = std::min(bytes, begin + most_kept_bytes);
    write_all(copy.get(), {room_.data() + begin, end - begin}, "memory for the records of a mini-batch");
    if (bytes > most_kept_bytes) give_back(begin, end);
  }
  if (room_.size() > most_kept_bytes) give_back(most_kept_bytes, room_.size());
  if (::fcntl(copy.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0)
    fail("cannot seal memory", errno);
  return copy;
}

void TableMemory::give_back(std::size_t begin, std::size_t end) {
  ::madvise(room_.data() + begin, end - begin, MADV_DONTNEED);
}

}  // namespace prs
