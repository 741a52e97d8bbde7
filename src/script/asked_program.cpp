#include "script/asked_program.hpp"

#include <poll.h>

#include <utility>

#include "script/failure_text.hpp"

namespace prs {
namespace {

/// Longer than any answer; what prints without end does not fill the memory.
constexpr std::uint64_t longest_answer_bytes = 64 << 20;

HostOrder order_of(const std::string& keeper_program, std::vector<std::string> command,
                   std::vector<std::string> environment, const AskedProgram& program) {
  HostOrder order;
  order.keeper_program = keeper_program;
  order.command = std::move(command);
  order.environment = std::move(environment);
  order.stdout_file = program.answer_file();
  order.stderr_file = program.complaints_file();
  return order;
}

}  // namespace

AskedProgram::AskedProgram(const std::string& keeper_program, std::vector<std::string> command,
                           std::vector<std::string> environment, TimePoint until)
    : until_(until),
      folder_("/tmp"),  // which containers share with their host
      process_(order_of(keeper_program, std::move(command), std::move(environment), *this)) {}

void AskedProgram::poll(TimePoint now) {
  process_.poll();
  if (process_.is_kill_asked() || is_over() || now < until_) return;
  is_late_ = !process_.wait_status();
  process_.kill();
}

void AskedProgram::wait() {
  while (!is_over() && Clock::now() < until_) {
    pollfd waited{fd(), POLLIN, 0};
    ::poll(&waited, 1, fd() >= 0 ? 50 : 1);
    process_.poll();
  }
  poll(Clock::now());  // kills what is late, and does not wait for it: it may hang in the kernel
}

std::string AskedProgram::answer() const {
  return end_of_file(answer_file(), 0, longest_answer_bytes);
}

std::string AskedProgram::complaints() const {
  return end_of_file(complaints_file(), 0);
}

}  // namespace prs
