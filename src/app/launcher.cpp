#include "app/launcher.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "cluster/launched.hpp"
#include "cluster/machine.hpp"
#include "ledger/ledger_before.hpp"
#include "model/run_folder.hpp"
#include "output/lease_file.hpp"
#include "report/process_tree.hpp"
#include "script/leftovers.hpp"
#include "support/clock.hpp"
#include "support/environment_variable.hpp"
#include "support/posix_io.hpp"
#include "support/random_id.hpp"
#include "support/speech.hpp"
#include "support/stop_signals.hpp"
#include "support/temporary_folder.hpp"

namespace prs {
namespace {

volatile std::sig_atomic_t signals_to_pass = 0;
volatile std::sig_atomic_t last_signal = 0;
void on_signal(int number) {
  signals_to_pass = signals_to_pass + 1;
  last_signal = number;
}

void catch_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  for (const int number : {SIGTERM, SIGINT, SIGUSR1}) ::sigaction(number, &action, nullptr);
  // Under nohup a hang-up stays ignored.
  struct sigaction before {};
  ::sigaction(SIGHUP, nullptr, &before);
  if (before.sa_handler != SIG_IGN) ::sigaction(SIGHUP, &action, nullptr);
}

std::vector<std::string> mpirun_words(const CommandLine& line, int ranks, bool tolerates_faults) {
  std::vector<std::string> words = {"mpirun"};
  // Open MPI 5 can go on without a lost rank, and knows no -q.
  if (tolerates_faults)
    words.insert(words.end(), {"--with-ft", "ulfm"});
  else
    words.push_back("-q");
  words.insert(words.end(), {"-n", std::to_string(ranks), "--oversubscribe", "--bind-to", "none", "--mca",
                             "mpi_yield_when_idle", "1"});
  words.push_back(std::filesystem::read_symlink("/proc/self/exe").string());
  words.insert(words.end(), line.words.begin(), line.words.end());
  return words;
}

/// In a process group of its own, so that a Ctrl-C at the terminal reaches only us: mpirun would kill its ranks a
/// second later.
pid_t start(const std::vector<std::string>& words) {
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t self = ::getpid();
  // fork() is fine here: this process is no rank and has no thread.
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != self) ::_exit(3);
  struct sigaction plain {};
  plain.sa_handler = SIG_DFL;
  for (const int number : {SIGTERM, SIGINT, SIGUSR1, SIGHUP}) ::sigaction(number, &plain, nullptr);
  const int null = ::open("/dev/null", O_RDONLY);
  ::dup2(null, STDIN_FILENO);
  ::execvp(arguments[0], arguments.data());
  const char text[] =
      "prs_mpi: cannot start mpirun: is Open MPI installed (package openmpi-bin), or its module loaded?\n";
  (void)!::write(STDERR_FILENO, text, sizeof text - 1);
  ::_exit(127);
}

/// That mpirun waits for ever: Open MPI 4.1 may, for a rank that was killed while it connected.
class HangWatch {
 public:
  explicit HangWatch(pid_t mpirun) : mpirun_(mpirun) {}
  /// mpirun has had no process below it, neither a rank nor what starts ranks elsewhere, for longer than ranks take to
  /// appear.
  bool is_hung(TimePoint now) {
    constexpr std::chrono::seconds between_looks{1};
    constexpr std::chrono::seconds patience{30};
    if (now - last_look_ < between_looks) return false;
    last_look_ = now;
    if (process_tree("/proc", mpirun_, 2).size() > 1) last_seen_ = now;
    return now - last_seen_ > patience;
  }

 private:
  pid_t mpirun_;
  TimePoint last_look_ = Clock::now();
  TimePoint last_seen_ = last_look_;
};
void say_on_signal(const char* what) {
  std::fprintf(stderr, "%sprs_mpi: %s: %s\n", terminal_columns(STDERR_FILENO) > 0 ? "\n" : "",
               signal_name(last_signal).c_str(), what);
}

/// How mpirun ended, and how many signals had been heard by then: whoever sends one later means what comes next.
struct Ended {
  int status = 0;
  int signals_heard = 0;
};

/// Waits for mpirun, passing each signal on as SIGUSR1: mpirun holds back every other kind that asks for a stop.
/// One that does not end for it is killed, with its process group, by the third signal, or a while after the second;
/// its ranks and their scripts follow it. After the first one alone nothing is forced: the last rows may take their
/// time.
Ended wait_for(pid_t child) {
  constexpr std::chrono::seconds patience_after_second{60};
  Ended end;
  int& status = end.status;
  int& passed = end.signals_heard;
  HangWatch watch(child);
  TimePoint give_up = TimePoint::max();
  for (;;) {
    for (; passed < signals_to_pass && passed < 2; ++passed) {
      say_on_signal(passed == 0 ? "nothing new is started, running mini-batches may finish; again to stop at once"
                                : "stopping at once; again to kill what does not");
      ::kill(child, SIGUSR1);
      if (passed == 1) give_up = Clock::now() + patience_after_second;
    }
    if (signals_to_pass > 2 || Clock::now() > give_up) {
      say_on_signal("mpirun is killed, it did not stop");
      ::kill(-child, SIGKILL);
      ::waitpid(child, &status, 0);
      passed = signals_to_pass;
      return end;
    }
    const pid_t ended = ::waitpid(child, &status, WNOHANG);
    if (ended == child) return end;
    if (watch.is_hung(Clock::now())) {
      std::fprintf(stderr, "prs_mpi: mpirun has had no process below it for long and does not end: it is killed\n");
      ::kill(child, SIGKILL);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

/// So that the next start does not meet them in the run folder.
void wait_for(Leftovers& leftovers, int signals_heard) {
  bool has_said = false;
  const auto hurry = [&] {
    const int since = signals_to_pass - signals_heard;
    if (since > 0 && !has_said) say_on_signal("what mpirun left is killed; again to leave it");
    has_said = has_said || since > 0;
    return since == 0 ? Leftovers::Hurry::none : since == 1 ? Leftovers::Hurry::kill_now : Leftovers::Hurry::leave_now;
  };
  for (const std::string& name : leftovers.clear(hurry))
    std::fprintf(stderr, "prs_mpi: %s of this job does not end, though it was killed; it is left alone\n",
                 name.c_str());
}

/// What mpirun gives for a rank that died of a signal. It then ends the others by SIGTERM, which rank 0 takes for a
/// user's wish.
bool tells_of_lost_rank(int status) {
  return WIFEXITED(status) && WEXITSTATUS(status) > 128;
}

/// Where rank 0 tells the exit status.
class ResultFile {
 public:
  ResultFile() { set_launcher_result_file(path()); }
  std::string path() const { return folder_.path() + "/result"; }
  void forget() const { ::unlink(path().c_str()); }
  /// What rank 0 told; none when it did not live to tell it.
  std::optional<LauncherResult> read() const {
    if (!std::filesystem::exists(path())) return std::nullopt;
    return launcher_result_of(read_file(path()));
  }

 private:
  TemporaryFolder folder_;
};

/// From the end of a start to the next one's first sign, as far as somebody on another machine waits for it.
constexpr std::chrono::seconds longest_gap_between_starts{30};

/// The mark by which this launcher knows the processes of its job, also where one job runs inside another. It tells the
/// ranks, too, that the same launcher gives a command again, unless a batch script does so for more than one launcher.
std::string draw_id() {
  std::string id = random_id();
  if (launcher_id().empty()) set_launcher_id(id);
  set_launcher_process(LeaseHolder::self(longest_gap_between_starts).line());
  ::setenv(job_variable, (environment_variable(job_variable) + "/" + id).c_str(), 1);
  return id;
}

}  // namespace

ExitStatus launch(const CommandLine& command_line, const RunConfig& config, bool tolerates_faults) {
  catch_signals();
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const ResultFile result;
  const RunFolder folder = config.run_folder();
  set_launcher_terminal_columns(terminal_columns(STDERR_FILENO));
  if (::geteuid() == 0) {
    ::setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 1);
    ::setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1);
  }
  Leftovers leftovers(draw_id(), {});
  // A join needs no more than this machine has.
  const auto nodes = config.slicing.is_join() ? std::nullopt : config.parallel.node_count;
  const int ranks = world_size_of(nodes, config.parallel.process_count_per_node);
  const std::vector<std::string> words = mpirun_words(command_line, ranks, tolerates_faults);
  for (std::uint32_t restart = 0;; ++restart) {
    const LedgerBefore before([&](std::uint32_t number) { return folder.ledger(number); });
    const auto [status, signals_heard] = wait_for(start(words));
    wait_for(leftovers, signals_heard);
    const auto told = result.read();
    const bool is_lost = told && (told->is_ended_by_loss || (told->status == ExitStatus::interrupted &&
                                                             signals_to_pass == 0 && tells_of_lost_rank(status)));
    if (told && !is_lost) {
      // Rank 0 speaks through mpirun.
      if (WIFSIGNALED(status))
        std::fprintf(stderr, "prs_mpi: mpirun was killed by %s while the run ended; see %s\n",
                     signal_name(WTERMSIG(status)).c_str(), folder.job_result().c_str());
      else if (WEXITSTATUS(status) != static_cast<int>(told->status))
        std::fprintf(stderr, "prs_mpi: mpirun ended by itself, with status %d, while the run ended; see %s\n",
                     WEXITSTATUS(status), folder.job_result().c_str());
      return told->status;
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127) return ExitStatus::infrastructure;
    if (signals_to_pass > 0) {
      std::fprintf(stderr, "prs_mpi: interrupted; the same command goes on\n");
      return ExitStatus::interrupted;
    }
    const bool has_progressed = before.has_progress_since();
    if (restart == command_line.restarts || !has_progressed) {
      std::fprintf(stderr, "prs_mpi: a rank was lost%s; what is done is kept, the same command goes on; see %s\n",
                   has_progressed ? ", and --restarts is used up" : " before anything new was done",
                   folder.logs().c_str());
      return ExitStatus::infrastructure;
    }
    std::fprintf(stderr, "prs_mpi: a rank was lost; starting again (%u of %u), going on from what is done\n",
                 restart + 1, command_line.restarts);
    result.forget();
  }
}

}  // namespace prs
