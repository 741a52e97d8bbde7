#include "app/preparation.hpp"

#include <cstdio>

#include "farm/planning.hpp"

namespace prs {

Preparation prepare(const CommandLine& line, bool prints_warnings) {
  Preparation made;
  made.config = load_run_config(line.config_file, line.overrides);
  if (prints_warnings) print_warnings(made.config.warnings);
  made.interpreter = find_interpreter_for(made.config);
  made.plan = make_plan(made.config, made.interpreter);
  return made;
}

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

void print_warnings(const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) std::fprintf(stderr, "prs_mpi: warning: %s\n", warning.c_str());
}

}  // namespace prs
