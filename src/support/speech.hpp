#pragma once

#include <string>

namespace prs {

/// How much a run says on standard error, and whether in colours: what the user asked for. A plain value.
struct Speech {
  bool is_quiet = false;    ///< the last line and errors only
  bool is_verbose = false;  ///< what the master's log gets, too
  bool is_plain = false;    ///< no colours, whatever the terminal can do
};

/// Of the terminal behind a descriptor; 0: there is none, or one whose cursor cannot be moved (TERM=dumb).
int terminal_columns(int fd);

/// Whether colours are wanted on a terminal: not where the user says so, nor NO_COLOR (https://no-color.org), nor where
/// the terminal has none (TERM=dumb).
bool wants_colours(const Speech& speech);

enum class Colour { red = 31, green = 32, yellow = 33 };
/// The text as a terminal shows it in that colour.
std::string coloured(Colour colour, const std::string& text);

}  // namespace prs
