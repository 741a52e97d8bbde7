#include "farm/python_question.hpp"

#include <poll.h>

#include <nlohmann/json.hpp>

#include "script/asked_program.hpp"
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

void wait_for(AskedProgram& program, const std::function<void()>& while_waiting) {
  while (!program.is_over() && !program.is_late()) {
    pollfd waited{program.fd(), POLLIN, 0};
    ::poll(&waited, 1, program.fd() >= 0 ? 50 : 1);
    program.poll(Clock::now());
    if (while_waiting) while_waiting();
  }
}

/// `command`: all words before the arguments.
json answer_of(std::vector<std::string> command, const ProgramQuestion& question, const ScriptSettings& settings) {
  command.insert(command.end(), question.arguments.begin(), question.arguments.end());
  AskedProgram program(settings.keeper_program, std::move(command), settings.environment, question.until);
  wait_for(program, question.while_waiting);
  json answer = last_line(program.answer());
  if (answer.is_object() && answer.contains("error"))
    throw UserError(question.concerns + ": " + answer["error"].get<std::string>());
  if (program.wait_status() == 0 && answer.is_object()) return answer;
  if (!program.wait_status() && !program.is_late())  // says nothing about the table
    throw InfrastructureError(question.failure + ": the program that was asked was lost, its keeper was killed");
  const std::string how = program.wait_status() ? death_text(*program.wait_status()) : "did not end and was killed";
  throw UserError(question.failure + ": the program that was asked " + how + "\n" + program.complaints());
}

}  // namespace

json ask_python(const ProgramQuestion& question, const ScriptSettings& settings) {
  std::vector<std::string> command = settings.interpreter.command;
  command.push_back(settings.python_folder + "/" + question.program);
  return answer_of(std::move(command), question, settings);
}

json ask_program(const ProgramQuestion& question, const ScriptSettings& settings) {
  return answer_of({question.program}, question, settings);
}

}  // namespace prs
