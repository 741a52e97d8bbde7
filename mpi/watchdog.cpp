#include "mpi/watchdog.hpp"

#include <unistd.h>

#include <csignal>
#include <cstring>

namespace prs {
namespace {

const char* volatile last_words = nullptr;
volatile std::sig_atomic_t status = 0;

void on_alarm(int) {
  const char* text = last_words;
  if (text != nullptr) (void)!::write(STDERR_FILENO, text, std::strlen(text));
  ::_exit(status);
}

}  // namespace

Watchdog::Watchdog(unsigned seconds, const char* message, int exit_status) {
  last_words = message;
  status = exit_status;
  struct sigaction action {};
  action.sa_handler = on_alarm;
  ::sigaction(SIGALRM, &action, nullptr);
  ::alarm(seconds);
}

Watchdog::~Watchdog() {
  ::alarm(0);
}

}  // namespace prs
