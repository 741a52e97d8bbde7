#include "farm/python_question.hpp"

#include <poll.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "script/failure_text.hpp"
#include "support/errors.hpp"

namespace prs {
namespace {

using nlohmann::json;

json last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of('\n');
  if (end == std::string::npos) return {};
  const std::size_t begin = text.rfind('\n', end) + 1;
  return json::parse(text.substr(begin, end + 1 - begin), nullptr, false);
}

json answer_of(std::vector<std::string> command, const ProgramQuestion& question, const ScriptSettings& settings) {
  AskedQuestion asked(std::move(command), question, settings);
  while (!asked.is_over()) {
    pollfd waited{asked.fd(), POLLIN, 0};
    ::poll(&waited, 1, asked.fd() >= 0 ? 50 : 1);
    asked.poll(Clock::now());
    if (question.while_waiting) question.while_waiting();
  }
  return asked.answer();
}

std::vector<std::string> with_arguments(std::vector<std::string> command, const ProgramQuestion& question) {
  command.insert(command.end(), question.arguments.begin(), question.arguments.end());
  return command;
}

}  // namespace

AskedQuestion::AskedQuestion(std::vector<std::string> command, ProgramQuestion question, const ScriptSettings& settings)
    : question_(std::move(question)),
      program_(settings.keeper_program, with_arguments(std::move(command), question_), settings.environment,
               question_.until) {}

json AskedQuestion::answer() const {
  json answer = last_line(program_.answer());
  if (answer.is_object() && answer.contains("error"))
    throw UserError(question_.concerns + ": " + answer["error"].get<std::string>());
  if (program_.wait_status() == 0 && answer.is_object()) return answer;
  if (!program_.wait_status() && !program_.is_late())  // says nothing about the table
    throw InfrastructureError(question_.failure + ": the program that was asked was lost, its keeper was killed");
  const std::string how = program_.wait_status() ? death_text(*program_.wait_status()) : "did not end and was killed";
  throw UserError(question_.failure + ": the program that was asked " + how + "\n" + program_.complaints());
}

std::vector<std::string> python_command(const ProgramQuestion& question, const ScriptSettings& settings) {
  std::vector<std::string> command = settings.interpreter.command;
  command.push_back(settings.python_folder + "/" + question.program);
  return command;
}

json ask_python(const ProgramQuestion& question, const ScriptSettings& settings) {
  return answer_of(python_command(question, settings), question, settings);
}

json ask_program(const ProgramQuestion& question, const ScriptSettings& settings) {
  return answer_of({question.program}, question, settings);
}

}  // namespace prs
