#include "farm/packages_question.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "farm/column_output.hpp"
#include "farm/host_settings.hpp"
#include "farm/python_question.hpp"
#include "support/environment_variable.hpp"
#include "support/errors.hpp"

namespace prs {
namespace {

/// The other ranks wait for it. An interpreter on a slow file server is known later than the packages matter.
constexpr Duration answer_limit = std::chrono::seconds(20);

bool is_on_the_host(const InterpreterChoice& choice) {
  return choice.kind != InterpreterChoice::Kind::container && choice.kind != InterpreterChoice::Kind::prefix;
}

bool needs_pyarrow(const RunConfig& config) {
  const auto is_parquet = [](const InputConfig& input) {
    return input.table && input.table->format == TableFormat::parquet;
  };
  return writes_columns(config) || std::any_of(config.inputs.begin(), config.inputs.end(), is_parquet);
}

ProgramQuestion question_of(const RunConfig& config) {
  ProgramQuestion question{"prs_packages.py",
                           {config.entry_script_path(), config.import_folder()},
                           "where the packages of the script are could not be found out",
                           Clock::now() + answer_limit};
  if (config.inputs.front().table) question.arguments.push_back("pandas");
  if (needs_pyarrow(config)) question.arguments.push_back("pyarrow");
  return question;
}

}  // namespace

std::vector<SharedPath> packages_of(const RunConfig& config) {
  std::vector<SharedPath> packages;
  const InterpreterChoice choice = interpreter_choice(config);
  if (!is_on_the_host(choice) || config.inputs.empty()) return packages;
  try {
    Interpreter interpreter;
    interpreter.command = {program_of(choice, own_environment())};
    const nlohmann::json answer =
        ask_python(question_of(config), foreground_settings(config, interpreter, RunFolder{config.output}));
    for (const nlohmann::json& package : answer.at("packages")) {
      SharedPath path;
      path.what = "Python package '" + package.at(0).get<std::string>() + "'";
      path.path = package.at(1).get<std::string>();
      path.kind = SharedPath::Kind::package;
      path.is_required = false;  // a host may have it elsewhere
      packages.push_back(std::move(path));
    }
  } catch (const std::exception&) {  // whoever needs them says it better
    return {};
  }
  return packages;
}

}  // namespace prs
