#include "app/preparation.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "farm/planning.hpp"
#include "report/printable.hpp"
#include "support/errors.hpp"

namespace prs {
namespace {

/// Whoever closed the other end of a pipe has read enough.
void refuse_output(int error) {
  if (error != EPIPE) throw system_error("cannot write", "stdout", error);
}

}  // namespace

Preparation prepare(const CommandLine& line, bool prints_warnings) {
  Preparation made;
  made.config = load_run_config(line.config_file, line.overrides);
  if (prints_warnings) print_warnings(made.config.warnings);
  made.interpreter = find_interpreter_for(made.config);
  made.plan = make_plan(made.config, made.interpreter);
  return made;
}

void print(const std::string& text) {
  const bool is_written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (!is_written) refuse_output(errno);
}

void settle_output() {
  const int again = ::dup(STDOUT_FILENO);
  if (again >= 0 && ::close(again) != 0) refuse_output(errno);
}

void print_warnings(const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings)
    std::fprintf(stderr, "prs_mpi: warning: %s\n", printable_lines(warning).c_str());
}

}  // namespace prs
