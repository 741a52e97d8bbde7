#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/command_line.hpp"
#include "dataset/plan.hpp"
#include "script/interpreter.hpp"

namespace prs {

/// What a run finds out before anything starts, for the verbs that show it.
struct Preparation {
  RunConfig config;
  Interpreter interpreter;
  std::unique_ptr<Plan> plan;
};

/// Loads, validates and plans. Prints the warnings of the configuration, unless the caller does.
Preparation prepare(const CommandLine& line, bool prints_warnings = true);

/// To standard output, at once: what verbs print, they print by this. Throws InfrastructureError, but where nobody
/// reads any more.
void print(const std::string& text);
/// The last word on what was printed: a network file system may say only when a file is closed that a disk is full.
/// Throws InfrastructureError.
void settle_output();
/// To standard error.
void print_warnings(const std::vector<std::string>& warnings);

}  // namespace prs
