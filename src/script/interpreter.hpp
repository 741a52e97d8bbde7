#pragma once

#include <string>
#include <vector>

#include "script/script_settings.hpp"
#include "support/clock.hpp"

namespace prs {

/// How the user wants the interpreter to be started (rule 4.7).
struct InterpreterChoice {
  enum class Kind {
    search_path,  ///< `python3` on the PATH
    python,       ///< `value`: a file, or a name on the PATH
    venv,         ///< `value`: its folder
    conda,        ///< `value`: a prefix or a name
    container,    ///< `value`: an image for apptainer or singularity
    prefix,       ///< `prefix`: words before `python3`
  };
  Kind kind = Kind::search_path;
  std::string value;
  std::vector<std::string> prefix;
  std::vector<std::string> folders_to_bind;  ///< what a container must see beside its own files
  bool has_nvidia_gpu = false;               ///< the container is given these GPUs
  bool has_amd_gpu = false;                  ///< and these
};

/// Why it is this interpreter and no other, for people: "environment: venv: /home/me/venv".
std::string reason_of(const InterpreterChoice& choice);

/// The first word of the command that starts it: a path, but of a prefix's own words. Starts nothing. Throws UserError
/// for what is not there.
std::string program_of(const InterpreterChoice& choice, const std::vector<std::string>& environment);

/// Finds the interpreter and starts it once, under the keeper, to learn its version and real path: a shell script in
/// its place (pyenv) would cost each later start. May take as long as `limit`, and leaves no process. Throws UserError
/// for what is not there, does not start in time, or is older than Python 3.8.
Interpreter find_interpreter(const InterpreterChoice& choice, const std::string& keeper_program,
                             const std::vector<std::string>& environment, Duration limit = std::chrono::seconds(60));

}  // namespace prs
