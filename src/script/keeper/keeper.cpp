// prs_keeper: the parent of one script process, between it and the worker. It needs nothing but libc, so that no
// library path of the user's can break it. Whatever happens to the worker or to the host, the whole tree below the
// keeper dies: as a subreaper it inherits every orphan, and it leaves only when it has no child any more.
//
// prs_keeper [--foreground] [--cwd FOLDER] [--stdout FILE] [--stderr FILE] [--cores 0,2,…] [--remove FOLDER] --
// COMMAND…

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

#include "script/keeper/keeper_protocol.hpp"

namespace {

using prs::KeeperReport;
using prs::KeeperReportKind;
using prs::StartStage;

struct Order {
  bool is_foreground = false;
  const char* working_folder = nullptr;
  const char* stdout_file = nullptr;
  const char* stderr_file = nullptr;
  const char* cores = nullptr;
  const char* folder_to_remove = nullptr;
  char** command = nullptr;
};

struct Keeper {
  Order order;
  pid_t host = -1;
  bool has_ended = false;
  int start_error_fd = -1;  ///< the new process reports here why it could not become the host; closed by a good exec
  int signal_fd = -1;
};

void close_if_open(int& fd) {
  if (fd >= 0) ::close(fd);
  fd = -1;
}

void report(KeeperReportKind kind, StartStage stage, std::int64_t value) {
  const KeeperReport message{kind, stage, value};
  // A worker that is dead reads nothing; the lifeline tells.
  while (::write(prs::keeper_status_fd, &message, sizeof message) < 0 && errno == EINTR) continue;
}

bool parse(int argc, char** argv, Order& order) {
  for (int i = 1; i < argc; ++i) {
    const char* word = argv[i];
    if (std::strcmp(word, "--") == 0) {
      order.command = argv + i + 1;
      return i + 1 < argc;
    }
    if (std::strcmp(word, "--foreground") == 0) {
      order.is_foreground = true;
      continue;
    }
    if (i + 1 >= argc) return false;
    const char* value = argv[++i];
    if (std::strcmp(word, "--cwd") == 0)
      order.working_folder = value;
    else if (std::strcmp(word, "--stdout") == 0)
      order.stdout_file = value;
    else if (std::strcmp(word, "--stderr") == 0)
      order.stderr_file = value;
    else if (std::strcmp(word, "--cores") == 0)
      order.cores = value;
    else if (std::strcmp(word, "--remove") == 0)
      order.folder_to_remove = value;
    else
      return false;
  }
  return false;
}

/// Whatever the worker had open and not marked close-on-exec (an MPI library's sockets) is no business of anybody
/// below.
void close_from(int first) {
#ifdef SYS_close_range
  if (::syscall(SYS_close_range, static_cast<unsigned>(first), ~0U, 0U) == 0) return;
#endif
  const long limit = ::sysconf(_SC_OPEN_MAX);
  for (int fd = first; fd < (limit > 0 && limit < 65536 ? static_cast<int>(limit) : 65536); ++fd) ::close(fd);
}

// ---- in the new process, before it becomes the host ----

void set_cores(const char* cores) {
  cpu_set_t* set = CPU_ALLOC(CPU_SETSIZE * 8);
  if (set == nullptr) return;
  const std::size_t bytes = CPU_ALLOC_SIZE(CPU_SETSIZE * 8);
  CPU_ZERO_S(bytes, set);
  for (const char* at = cores; *at != '\0';) {
    char* end = nullptr;
    const long core = std::strtol(at, &end, 10);
    if (end == at) break;
    if (core >= 0 && core < CPU_SETSIZE * 8) CPU_SET_S(static_cast<std::size_t>(core), bytes, set);
    at = *end == ',' ? end + 1 : end;
  }
  ::sched_setaffinity(0, bytes, set);  // a core that went away is no reason not to start
  CPU_FREE(set);
}

/// The kernel shall choose the script, never a rank, when memory runs out.
void prefer_for_oom() {
  const int fd = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  const ssize_t ignored = ::write(fd, "1000", 4);
  static_cast<void>(ignored);
  ::close(fd);
}

void reset_signals() {
  for (int number = 1; number <= SIGRTMAX; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool redirect(const char* file, int flags, int target) {
  const int fd = ::open(file, flags | O_CLOEXEC | O_NOCTTY, 0666);
  if (fd < 0) return false;
  if (fd == target) return ::fcntl(fd, F_SETFD, 0) == 0;
  const bool is_done = ::dup2(fd, target) == target;
  ::close(fd);
  return is_done;
}

StartStage prepare(const Order& order) {
  if (order.cores != nullptr) set_cores(order.cores);
  prefer_for_oom();
  if (order.working_folder != nullptr && ::chdir(order.working_folder) != 0) return StartStage::working_folder;
  if (order.is_foreground) return StartStage::none;
  if (!redirect("/dev/null", O_RDONLY, STDIN_FILENO)) return StartStage::process;
  constexpr int append = O_WRONLY | O_CREAT | O_APPEND;
  if (order.stdout_file != nullptr && !redirect(order.stdout_file, append, STDOUT_FILENO))
    return StartStage::standard_output;
  if (order.stderr_file != nullptr && !redirect(order.stderr_file, append, STDERR_FILENO))
    return StartStage::standard_error;
  return StartStage::none;
}

[[noreturn]] void become_host(const Order& order, pid_t keeper, int error_fd) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != keeper) ::_exit(127);  // it died before the line above
  if (!order.is_foreground) ::setpgid(0, 0);
  reset_signals();
  StartStage stage = prepare(order);
  if (stage == StartStage::none) {
    ::execvp(order.command[0], order.command);
    stage = StartStage::command;
  }
  const KeeperReport failure{KeeperReportKind::cannot_start, stage, errno};
  const ssize_t ignored = ::write(error_fd, &failure, sizeof failure);
  static_cast<void>(ignored);
  ::_exit(127);
}

// ---- in the keeper ----

bool start_host(Keeper& keeper) {
  int error_pipe[2];
  if (::pipe2(error_pipe, O_CLOEXEC | O_NONBLOCK) != 0) return false;
  const pid_t self = ::getpid();
  keeper.host = ::fork();
  if (keeper.host < 0) return false;
  if (keeper.host == 0) become_host(keeper.order, self, error_pipe[1]);
  ::close(error_pipe[1]);
  keeper.start_error_fd = error_pipe[0];
  if (!keeper.order.is_foreground) ::setpgid(keeper.host, keeper.host);  // whichever of the two comes first
  return true;
}

/// A word from the new process about its own start: an error, or by its end that it has become the host.
void read_start(Keeper& keeper) {
  if (keeper.start_error_fd < 0) return;
  KeeperReport failure;
  const ssize_t got = ::read(keeper.start_error_fd, &failure, sizeof failure);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got == static_cast<ssize_t>(sizeof failure)) report(failure.kind, failure.stage, failure.value);
  close_if_open(keeper.start_error_fd);
}

/// Collects every dead child. False when there is no child at all, which for a subreaper means: nothing is left below.
bool reap(Keeper& keeper) {
  for (;;) {
    int status = 0;
    const pid_t pid = ::waitpid(-1, &status, WNOHANG | __WALL);
    if (pid == 0) return true;
    if (pid < 0 && errno == EINTR) continue;
    if (pid < 0) return false;
    if (pid != keeper.host) continue;
    read_start(keeper);
    keeper.has_ended = true;
    report(KeeperReportKind::ended, StartStage::none, status);
  }
}

void signal_host(const Keeper& keeper, int number) {
  if (keeper.has_ended) return;  // its number may belong to somebody else by now
  ::kill(keeper.order.is_foreground ? keeper.host : -keeper.host, number);
}

/// For kernels without /proc/…/children: every process whose parent this is. Its own walk, for it links nothing of
/// ours.
void kill_children_by_scan() {
  DIR* folder = ::opendir("/proc");
  if (folder == nullptr) return;
  const pid_t self = ::getpid();
  while (const dirent* entry = ::readdir(folder)) {
    const long pid = std::strtol(entry->d_name, nullptr, 10);
    if (pid <= 0) continue;
    char path[64];
    std::snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) continue;
    char text[512];
    const ssize_t got = ::read(fd, text, sizeof text - 1);
    ::close(fd);
    if (got <= 0) continue;
    text[got] = '\0';
    const char* after_name = std::strrchr(text, ')');
    if (after_name != nullptr && std::strlen(after_name) > 4 && std::strtol(after_name + 4, nullptr, 10) == self)
      ::kill(static_cast<pid_t>(pid), SIGKILL);
  }
  ::closedir(folder);
}

/// Only this process reaps its children, so a number read here still names the same process.
void kill_children() {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/self/task/%d/children", static_cast<int>(::getpid()));
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return kill_children_by_scan();
  char text[4096];
  long pid = 0;
  for (ssize_t got = 0; (got = ::read(fd, text, sizeof text)) > 0;) {
    for (ssize_t i = 0; i < got; ++i) {
      if (text[i] >= '0' && text[i] <= '9') {
        pid = pid * 10 + (text[i] - '0');
      } else {
        if (pid > 0) ::kill(static_cast<pid_t>(pid), SIGKILL);
        pid = 0;
      }
    }
  }
  ::close(fd);
}

/// Kills until nothing is left. Each round the orphans of the killed become children of this process. It ends as soon
/// as the kernel lets them go; a process that hangs in a file server's call is waited for.
void kill_tree(Keeper& keeper) {
  int patience_ms = 1;
  for (;;) {
    signal_host(keeper, SIGKILL);
    kill_children();
    if (!reap(keeper)) return;
    pollfd waited{keeper.signal_fd, POLLIN, 0};
    if (::poll(&waited, 1, patience_ms) > 0) {
      signalfd_siginfo signals[16];
      while (::read(keeper.signal_fd, signals, sizeof signals) > 0) continue;
      patience_ms = 1;
    } else if (patience_ms < 64) {
      patience_ms *= 2;
    }
  }
}

/// True when a signal asks the keeper itself to leave.
bool read_signals(const Keeper& keeper) {
  signalfd_siginfo info;
  bool must_leave = false;
  while (::read(keeper.signal_fd, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    if (info.ssi_signo == SIGCHLD) continue;
    const bool is_from_keyboard = info.ssi_signo == SIGINT || info.ssi_signo == SIGQUIT;
    if (!(keeper.order.is_foreground && is_from_keyboard)) must_leave = true;
  }
  return must_leave;
}

/// True when the worker wants all dead, or is dead itself.
bool read_lifeline(const Keeper& keeper) {
  char command = 0;
  const ssize_t got = ::read(prs::keeper_lifeline_fd, &command, 1);
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return false;
  if (got != 1) return true;
  if (command == prs::keeper_command_terminate) signal_host(keeper, SIGTERM);
  return false;
}

void watch(Keeper& keeper) {
  while (!keeper.has_ended) {
    pollfd fds[3] = {{prs::keeper_lifeline_fd, POLLIN, 0},
                     {keeper.signal_fd, POLLIN, 0},
                     {keeper.start_error_fd, POLLIN, 0}};  // −1 is passed over
    if (::poll(fds, 3, -1) < 0) {
      if (errno == EINTR) continue;
      return;
    }
    if (fds[2].revents != 0) read_start(keeper);
    if (fds[1].revents != 0 && read_signals(keeper)) return;
    if (fds[1].revents != 0) reap(keeper);
    if (fds[0].revents != 0 && read_lifeline(keeper)) return;
  }
}

/// The private folder of the socket, where the worker could not remove it itself.
void remove_folder(const char* folder) {
  if (folder == nullptr) return;
  char path[PATH_MAX];
  std::snprintf(path, sizeof path, "%s/host", folder);
  ::unlink(path);
  ::rmdir(folder);
}

int open_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGCHLD, SIGTERM, SIGHUP, SIGINT, SIGQUIT}) sigaddset(&set, number);
  ::sigprocmask(SIG_SETMASK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  for (const int number : {SIGUSR1, SIGUSR2, SIGALRM, SIGTSTP, SIGTTIN, SIGTTOU}) ::signal(number, SIG_IGN);
  return ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

}  // namespace

int main(int argc, char** argv) {
  Keeper keeper;
  if (!parse(argc, argv, keeper.order)) {
    std::fputs("prs_keeper: started by prs_mpi, not by hand\n", stderr);
    return 2;
  }
  close_from(prs::keeper_status_fd + 1);
  for (const int fd : {prs::keeper_lifeline_fd, prs::keeper_status_fd}) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  if (!keeper.order.is_foreground) ::setsid();
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  keeper.signal_fd = open_signals();
  if (keeper.signal_fd >= 0 && start_host(keeper)) {
    report(KeeperReportKind::started, StartStage::none, keeper.host);
    watch(keeper);
    kill_tree(keeper);
  } else {
    report(KeeperReportKind::cannot_start, StartStage::process, errno);
  }
  remove_folder(keeper.order.folder_to_remove);
  return 0;
}
