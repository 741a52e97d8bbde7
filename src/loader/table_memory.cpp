#include "loader/table_memory.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "support/errors.hpp"

namespace prs {
namespace {

/// Pages that nobody touched take no memory.
constexpr std::size_t first_room_bytes = 2 << 20;

[[noreturn]] void fail(const std::string& what, int error_number) {
  throw system_error(what, "for the records of a mini-batch", error_number);
}

}  // namespace

TableMemory::TableMemory() : memory_(::memfd_create("prs_table", MFD_CLOEXEC | MFD_ALLOW_SEALING)) {
  if (!memory_) fail("cannot make memory", errno);
}

TableMemory::~TableMemory() {
  if (!room_.empty()) ::munmap(room_.data(), room_.size());
}

std::span<char> TableMemory::room(std::size_t bytes) {
  if (bytes <= room_.size()) return room_;
  const std::size_t size = std::max({bytes, 2 * room_.size(), first_room_bytes});
  if (::ftruncate(memory_.get(), static_cast<off_t>(size)) != 0) fail("cannot make room", errno);
  void* const at = room_.empty() ? ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, memory_.get(), 0)
                                 : ::mremap(room_.data(), room_.size(), size, MREMAP_MAYMOVE);
  if (at == MAP_FAILED) fail("cannot map room", errno);
  room_ = {static_cast<char*>(at), size};
  return room_;
}

UniqueFd TableMemory::seal(std::size_t bytes) {
  if (!room_.empty()) ::munmap(room_.data(), room_.size());
  room_ = {};
  if (::ftruncate(memory_.get(), static_cast<off_t>(bytes)) != 0 ||
      ::fcntl(memory_.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0)
    fail("cannot seal memory", errno);
  return std::move(memory_);
}

}  // namespace prs
