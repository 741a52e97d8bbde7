#include "support/stop_signals.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>

namespace prs {
namespace {

volatile std::sig_atomic_t signal_count = 0;
volatile std::sig_atomic_t last_signal = 0;
int wake = -1;

void on_signal(int number) {
  const int saved = errno;
  signal_count = signal_count + 1;
  last_signal = number;
  const std::uint64_t one = 1;
  (void)!::write(wake, &one, sizeof one);
  errno = saved;
}

}  // namespace

void StopSignals::install() {
  if (wake >= 0) return;
  wake = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (const int number : {SIGTERM, SIGINT, SIGUSR1}) ::sigaction(number, &action, nullptr);
  // A full disk shows as EFBIG or ENOSPC, a closed peer as EPIPE: errors with a name, not a death.
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  for (const int number : {SIGPIPE, SIGXFSZ, SIGHUP}) ::sigaction(number, &ignore, nullptr);
}

int StopSignals::count() {
  return signal_count;
}
int StopSignals::last() {
  return last_signal;
}
int StopSignals::wake_fd() {
  return wake;
}

std::string signal_name(int number) {
  const char* name = ::sigabbrev_np(number);
  return name == nullptr ? "signal " + std::to_string(number) : std::string("SIG") + name;
}

void StopSignals::acknowledge() {
  std::uint64_t count;
  (void)!::read(wake, &count, sizeof count);
}

}  // namespace prs
