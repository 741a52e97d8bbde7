#include "support/speech.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include "support/environment_variable.hpp"

namespace prs {

namespace {

bool is_dumb() {
  return environment_variable("TERM") == "dumb";
}

}  // namespace

int terminal_columns(int fd) {
  constexpr int usual = 80;
  if (::isatty(fd) == 0 || is_dumb()) return 0;
  winsize size{};
  return ::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 ? usual : size.ws_col;
}

bool wants_colours(const Speech& speech) {
  return !speech.is_plain && environment_variable("NO_COLOR").empty() && !is_dumb();
}

std::string coloured(Colour colour, const std::string& text) {
  return "\x1b[" + std::to_string(static_cast<int>(colour)) + "m" + text + "\x1b[0m";
}

}  // namespace prs
