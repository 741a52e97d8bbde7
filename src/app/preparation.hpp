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

/// To standard output, at once.
void print(const std::string& text);
/// To standard error.
void print_warnings(const std::vector<std::string>& warnings);

}  // namespace prs
