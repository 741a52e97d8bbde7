#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "script/script_settings.hpp"
#include "support/clock.hpp"

namespace prs {

/// A program of ours that rank 0 has the user's interpreter run, since what it reads is the user's data (rule 1.2). It
/// is killed with all that it started when its time is up.
struct PythonQuestion {
  std::string program;                 ///< its name in our folder of Python
  std::vector<std::string> arguments;  ///< paths
  std::string failure;                 ///< "the columns of the inputs could not be settled"
  TimePoint until;
  std::string concerns = "inputs";           ///< what a UserError begins with
  std::function<void()> while_waiting = {};  ///< called now and then; may throw to end the waiting
};

/// The JSON object that its last line is. Throws UserError with the text of its `error`, and where it ends without an
/// answer.
nlohmann::json ask_python(const PythonQuestion& question, const ScriptSettings& settings);

}  // namespace prs
