#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "script/script_settings.hpp"
#include "support/clock.hpp"

namespace prs {

/// A program of ours that rank 0 has run in a process of its own, since what it reads is the user's data, or what
/// reads it a library that may crash (rule 1.2). It is killed with all that it started when its time is up.
struct ProgramQuestion {
  std::string program;                 ///< its name in our folder of Python, or its path
  std::vector<std::string> arguments;  ///< paths
  std::string failure;                 ///< "the columns of the inputs could not be settled"
  TimePoint until;
  std::string concerns = "inputs";           ///< what a UserError begins with
  std::function<void()> while_waiting = {};  ///< called now and then; may throw to end the waiting
};

/// Has the user's interpreter run it: the JSON object that its last line is. Throws UserError with the text of its
/// `error`, and where it ends without an answer.
nlohmann::json ask_python(const ProgramQuestion& question, const ScriptSettings& settings);
/// The same of a program that needs no interpreter.
nlohmann::json ask_program(const ProgramQuestion& question, const ScriptSettings& settings);

}  // namespace prs
