#include "farm/command_question.hpp"

#include "farm/host_settings.hpp"
#include "script/failure_text.hpp"
#include "script/host_process.hpp"
#include "support/environment_variable.hpp"
#include "support/temporary_folder.hpp"

namespace prs {
namespace {

constexpr std::chrono::seconds answer_limit{5};

class CommandQuestion final : public Question {
 public:
  CommandQuestion(const std::vector<std::string>& command, TimePoint now)
      : until_(now + answer_limit), process_(order(command, folder_.path())) {}
  int fd() const override { return process_.status_fd(); }
  void poll(TimePoint now) override {
    process_.poll();
    if (now >= until_ && !process_.is_kill_asked()) process_.kill();
  }
  bool is_over() const override { return process_.is_gone(); }
  std::string answer() const override {
    return process_.wait_status() == 0 ? end_of_file(folder_.path() + "/answer", 0) : std::string();
  }

 private:
  static HostOrder order(const std::vector<std::string>& command, const std::string& folder) {
    HostOrder order;
    order.keeper_program = keeper_program();
    order.command = command;
    order.environment = own_environment();
    std::erase_if(order.environment, [](const std::string& word) { return word.starts_with("SLURM_TIME_FORMAT="); });
    order.environment.emplace_back("SLURM_TIME_FORMAT=standard");
    order.stdout_file = folder + "/answer";
    return order;
  }

  TimePoint until_;
  TemporaryFolder folder_;
  HostProcess process_;
};

}  // namespace

std::unique_ptr<Question> ask_command(const std::vector<std::string>& command, TimePoint now) {
  return std::make_unique<CommandQuestion>(command, now);
}

}  // namespace prs
