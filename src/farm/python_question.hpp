#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "script/asked_program.hpp"
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

/// All words of the command before its arguments, where the user's interpreter runs it.
std::vector<std::string> python_command(const ProgramQuestion& question, const ScriptSettings& settings);

/// The program, while it runs. It is killed with this object.
class AskedQuestion {
 public:
  /// `command`: all words before the arguments.
  AskedQuestion(std::vector<std::string> command, ProgramQuestion question, const ScriptSettings& settings);
  /// Readable when poll() has something to do; −1 when it has ended.
  int fd() const { return program_.fd(); }
  /// Never blocks.
  void poll(TimePoint now) { program_.poll(now); }
  /// Or late.
  bool is_over() const { return program_.is_over() || program_.is_late(); }
  /// Once it is over: the JSON object that its last line is. Throws UserError with the text of its `error`, and where
  /// it ends without an answer; InfrastructureError where that says nothing of what it was asked.
  nlohmann::json answer() const;

 private:
  ProgramQuestion question_;
  AskedProgram program_;
};

/// Has the user's interpreter run it, and waits for its answer.
nlohmann::json ask_python(const ProgramQuestion& question, const ScriptSettings& settings);
/// The same of a program that needs no interpreter.
nlohmann::json ask_program(const ProgramQuestion& question, const ScriptSettings& settings);

}  // namespace prs
