#include "loader/table_memory.hpp"

#include <fcntl.h>
#include <sys/mman.h>

#include <cerrno>
#include <utility>

#include "support/errors.hpp"
#include "support/posix_io.hpp"

namespace prs {

TableMemory::TableMemory() : memory_(::memfd_create("prs_table", MFD_CLOEXEC | MFD_ALLOW_SEALING)) {
  if (!memory_) throw system_error("cannot make memory", "for a mini-batch", errno);
}

void TableMemory::append(std::string_view bytes) {
  write_all(memory_.get(), bytes, "the memory of a mini-batch");
  bytes_ += bytes.size();
}

UniqueFd TableMemory::seal() && {
  if (::fcntl(memory_.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0)
    throw system_error("cannot seal the memory", "of a mini-batch", errno);
  return std::move(memory_);
}

}  // namespace prs
