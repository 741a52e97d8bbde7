#include "script/host_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "support/errors.hpp"

namespace prs {
namespace {

struct Pipe {
  UniqueFd read_end, write_end;
};

/// Both ends close-on-exec from the first moment: another thread may start a process at any time.
Pipe make_pipe() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) throw system_error("cannot make a pipe", "for the script process", errno);
  return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

/// A socket pair, so that a command to a keeper that is dead is an error and not a SIGPIPE.
Pipe make_lifeline() {
  int fds[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
    throw system_error("cannot make a socket pair", "for the script process", errno);
  return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

/// Away from the numbers that the keeper's own ends get, so that no dup2 there overwrites another one's source.
UniqueFd moved_up(UniqueFd fd) {
  UniqueFd moved(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 16));
  return moved ? std::move(moved) : std::move(fd);
}

std::vector<std::string> keeper_words(const HostOrder& order) {
  std::vector<std::string> words = {order.keeper_program};
  const auto add = [&words](const char* name, const std::string& value) {
    if (!value.empty()) words.insert(words.end(), {name, value});
  };
  if (order.is_foreground) words.emplace_back("--foreground");
  add("--cwd", order.working_folder);
  add("--stdout", order.stdout_file);
  add("--stderr", order.stderr_file);
  std::string cores;
  for (const int core : order.cores) cores += (cores.empty() ? "" : ",") + std::to_string(core);
  add("--cores", cores);
  add("--remove", order.folder_to_remove);
  words.emplace_back("--");
  words.insert(words.end(), order.command.begin(), order.command.end());
  return words;
}

std::vector<char*> pointers_to(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

/// posix_spawn's two argument objects, freed together.
class SpawnPlan {
 public:
  SpawnPlan(int lifeline, int status, bool is_foreground) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    if (!is_foreground) {
      // A leftover that holds a rank's stdout keeps mpirun from returning.
      ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
      ::posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
      ::posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    }
    ::posix_spawn_file_actions_adddup2(&actions_, lifeline, keeper_lifeline_fd);
    ::posix_spawn_file_actions_adddup2(&actions_, status, keeper_status_fd);
    sigset_t signals;
    sigemptyset(&signals);
    ::posix_spawnattr_setsigmask(&attributes_, &signals);
    sigfillset(&signals);
    ::posix_spawnattr_setsigdefault(&attributes_, &signals);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  /// Never fork: an MPI library's process must not be copied.
  int spawn(pid_t& pid, const std::vector<std::string>& words, const std::vector<std::string>& environment) {
    return ::posix_spawn(&pid, words.front().c_str(), &actions_, &attributes_, pointers_to(words).data(),
                         pointers_to(environment).data());
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

constexpr Duration patience_at_the_end = std::chrono::seconds(2);
constexpr Duration longest_clearing_pause = std::chrono::milliseconds(250);

}  // namespace

HostProcess::HostProcess(const HostOrder& order) {
  Pipe lifeline = make_lifeline();
  Pipe status = make_pipe();
  lifeline.read_end = moved_up(std::move(lifeline.read_end));
  status.write_end = moved_up(std::move(status.write_end));
  ::fcntl(status.read_end.get(), F_SETFL, O_NONBLOCK);

  SpawnPlan plan(lifeline.read_end.get(), status.write_end.get(), order.is_foreground);
  int error_number = 0;
  keeper_pid_ = orphans_.start([&] {
    pid_t keeper = -1;
    error_number = plan.spawn(keeper, keeper_words(order), order.environment);
    return error_number == 0 ? keeper : -1;
  });
  if (keeper_pid_ < 0)
    throw system_error("cannot start the keeper of the script process", order.keeper_program, error_number);
  lifeline_ = std::move(lifeline.write_end);
  status_ = std::move(status.read_end);
}

HostProcess::~HostProcess() {
  kill();
  const TimePoint until = Clock::now() + patience_at_the_end;
  while (!is_gone() && Clock::now() < until) {
    pollfd waited{status_.get(), POLLIN, 0};
    ::poll(&waited, 1, status_ ? 100 : 1);
    poll();
  }
}

void HostProcess::poll() {
  while (status_) {
    std::array<KeeperReport, 4> reports;
    const ssize_t got = ::read(status_.get(), reports.data(), sizeof reports);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    const std::size_t count = got > 0 ? static_cast<std::size_t>(got) / sizeof(KeeperReport) : 0;
    for (std::size_t i = 0; i < count; ++i) accept_report(reports[i]);
    if (count == 0) status_.reset();  // its end: the keeper leaves
  }
  reap();
}

void HostProcess::accept_report(const KeeperReport& report) {
  switch (report.kind) {
    case KeeperReportKind::started:
      host_pid_ = static_cast<pid_t>(report.value);
      break;
    case KeeperReportKind::cannot_start:
      start_failure_ = report;
      break;
    case KeeperReportKind::ended:
      wait_status_ = static_cast<int>(report.value);
      break;
  }
}

void HostProcess::reap() {
  if (status_) return;  // while the keeper lives its pipe is open
  if (keeper_pid_ < 0) return clear_orphans();
  int status = 0;
  const pid_t got = orphans_.reap_keeper(keeper_pid_, status);
  if (got == 0 || (got < 0 && errno == EINTR)) return;
  keeper_pid_ = -1;
  lifeline_.reset();
  // A keeper that was itself killed could not clean up: the host died with it, all else came to this process.
  has_orphans_ = got < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0;
  clear_orphans();
}

/// With growing pauses, for a look through all processes is dear: one that hangs in the kernel may stay for long.
void HostProcess::clear_orphans() {
  if (!has_orphans_ || Clock::now() < next_clearing_) return;
  has_orphans_ = !orphans_.clear();
  next_clearing_ = Clock::now() + clearing_pause_;
  clearing_pause_ = std::min<Duration>(clearing_pause_ * 2, longest_clearing_pause);
}

void HostProcess::terminate() {
  if (!lifeline_) return;
  // A full buffer means that the same was asked for before.
  const ssize_t ignored = ::send(lifeline_.get(), &keeper_command_terminate, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
  static_cast<void>(ignored);
}

void HostProcess::kill() {
  lifeline_.reset();
}

}  // namespace prs
