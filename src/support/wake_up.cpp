#include "support/wake_up.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "support/errors.hpp"

namespace prs {

WakeUp::WakeUp() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!fd_) throw system_error("cannot make", "an eventfd", errno);
}

void WakeUp::wake() {
  if (is_signalled_.exchange(true)) return;
  const std::uint64_t one = 1;
  (void)!::write(fd_.get(), &one, sizeof one);
}

void WakeUp::acknowledge() {
  if (!is_signalled_.load()) return;
  std::uint64_t count;
  (void)!::read(fd_.get(), &count, sizeof count);
  is_signalled_.store(false);
}

}  // namespace prs
