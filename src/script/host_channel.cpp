#include "script/host_channel.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "support/errors.hpp"

namespace prs {
namespace {

/// Sealed: a host that cuts it short would otherwise kill the worker with SIGBUS.
UniqueFd make_memory() {
  UniqueFd fd(::memfd_create("prs_script_host", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd || ::ftruncate(fd.get(), static_cast<off_t>(control_bytes + ring_bytes)) != 0 ||
      ::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    throw system_error("cannot make shared memory", "for the script process", errno);
  return fd;
}

std::span<std::byte> map_memory(int fd) {
  constexpr std::size_t bytes = control_bytes + ring_bytes;
  void* at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (at == MAP_FAILED) throw system_error("cannot map shared memory", "of the script process", errno);
  return {static_cast<std::byte*>(at), bytes};
}

}  // namespace

HostChannel::HostChannel()
    : ProcessChannel({largest_frame_from_host_bytes}),
      memory_fd_(make_memory()),
      memory_(map_memory(memory_fd_.get())) {
  const std::uint64_t magic = control_magic;
  std::memcpy(memory_.data(), &magic, sizeof magic);
}

HostChannel::~HostChannel() {
  ::munmap(memory_.data(), memory_.size());
}

}  // namespace prs
