#include "farm/command_question.hpp"

#include "farm/host_settings.hpp"
#include "script/asked_program.hpp"
#include "support/environment_variable.hpp"

namespace prs {
namespace {

constexpr std::chrono::seconds answer_limit{5};

/// Slurm's commands print times as TimeLimitWatch reads them.
std::vector<std::string> environment_for_slurm() {
  std::vector<std::string> environment = own_environment();
  std::erase_if(environment, [](const std::string& word) { return word.starts_with("SLURM_TIME_FORMAT="); });
  environment.emplace_back("SLURM_TIME_FORMAT=standard");
  return environment;
}

class CommandQuestion final : public Question {
 public:
  CommandQuestion(const std::vector<std::string>& command, TimePoint now)
      : program_(keeper_program(), command, environment_for_slurm(), now + answer_limit) {}
  int fd() const override { return program_.fd(); }
  void poll(TimePoint now) override { program_.poll(now); }
  bool is_over() const override { return program_.is_over(); }
  std::string answer() const override { return program_.wait_status() == 0 ? program_.answer() : std::string(); }

 private:
  AskedProgram program_;
};

}  // namespace

std::unique_ptr<Question> ask_command(const std::vector<std::string>& command, TimePoint now) {
  return std::make_unique<CommandQuestion>(command, now);
}

}  // namespace prs
