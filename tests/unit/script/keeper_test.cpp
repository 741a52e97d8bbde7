// Whatever happens to the rank, the whole tree below its keeper dies (rule 7.6).

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "script/host_process.hpp"
#include "tests/unit/script/driver_harness.hpp"

extern char** environ;

namespace prs {
namespace {

using test::processes_with;
using test::ScratchFolder;
using test::wait_for;

HostOrder order_for(const ScratchFolder& folder, std::vector<std::string> command) {
  HostOrder order;
  order.keeper_program = PRS_TEST_KEEPER;
  order.command = std::move(command);
  order.environment = {"PATH=/usr/bin:/bin", "PRS_TEST_FOLDER=" + folder.path()};
  order.stdout_file = folder.path("stdout");
  order.stderr_file = folder.path("stderr");
  return order;
}

void wait_until_gone(HostProcess& process) {
  ASSERT_TRUE(wait_for([&] {
    process.poll();
    return process.is_gone();
  }));
}

TEST(Keeper, ReportsHowTheHostEnded) {
  const ScratchFolder folder;
  HostProcess exits(order_for(folder, {"sh", "-c", "echo said; exit 7"}));
  wait_until_gone(exits);
  ASSERT_TRUE(exits.wait_status());
  EXPECT_EQ(WEXITSTATUS(*exits.wait_status()), 7);
  EXPECT_EQ(folder.read("stdout"), "said\n");
  HostProcess dies(order_for(folder, {"sh", "-c", "kill -11 $$"}));
  wait_until_gone(dies);
  EXPECT_EQ(WTERMSIG(*dies.wait_status()), SIGSEGV);
}

TEST(Keeper, TellsACommandThatIsNotThereFromOneThatFailed) {
  const ScratchFolder folder;
  HostProcess missing(order_for(folder, {"/no/such/program"}));
  wait_until_gone(missing);
  ASSERT_TRUE(missing.start_failure());
  EXPECT_EQ(missing.start_failure()->value, ENOENT);
  EXPECT_EQ(missing.start_failure()->stage, StartStage::command);
  HostOrder order = order_for(folder, {"true"});
  order.working_folder = folder.path("not there");
  HostProcess homeless(order);
  wait_until_gone(homeless);
  ASSERT_TRUE(homeless.start_failure());
  EXPECT_EQ(homeless.start_failure()->stage, StartStage::working_folder);
  HostProcess fails(order_for(folder, {"sh", "-c", "exit 127"}));
  wait_until_gone(fails);
  EXPECT_FALSE(fails.start_failure());
}

TEST(Keeper, GivesTheHostACleanStart) {
  const ScratchFolder folder;
  sigset_t all, old;
  sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &old);
  ::signal(SIGTERM, SIG_IGN);
  const UniqueFd of_somebody(::open("/dev/null", O_RDONLY));  // as an MPI library's: not close-on-exec
  HostProcess process(order_for(folder, {"/usr/bin/python3", "-c", R"(
import os, signal
print('blocked', sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])))
print('terminate', signal.getsignal(signal.SIGTERM) == signal.SIG_DFL)
print('descriptors', sorted(map(int, os.listdir('/proc/self/fd')))[:-1])
print('group', os.getpgrp() == os.getpid(), 'session', os.getsid(0) == os.getppid())
print('out of memory', open('/proc/self/oom_score_adj').read().strip())
)"}));
  ::signal(SIGTERM, SIG_DFL);
  ::sigprocmask(SIG_SETMASK, &old, nullptr);
  wait_until_gone(process);
  EXPECT_EQ(folder.read("stdout"),
            "blocked []\nterminate True\ndescriptors [0, 1, 2]\ngroup True session True\nout of memory 1000\n")
      << folder.read("stderr");
}

TEST(Keeper, KillsTheTreeWhenTheHostEnds) {
  const ScratchFolder folder;
  HostProcess process(order_for(
      folder,
      {"sh", "-c",
       "setsid sleep 1000 & (setsid sh -c 'trap \"\" TERM HUP; sleep 1000 & sleep 1000' &) ; sleep 0.1; exit 0"}));
  wait_until_gone(process);
  EXPECT_TRUE(processes_with(folder.path()).empty());
}

TEST(Keeper, KillsTheTreeWhenAsked) {
  const ScratchFolder folder;
  HostProcess process(order_for(folder, {"sh", "-c", "trap '' TERM; setsid sleep 1000 & sleep 1000"}));
  ASSERT_TRUE(wait_for([&] { return processes_with(folder.path()).size() >= 4; }));
  process.kill();
  wait_until_gone(process);
  EXPECT_EQ(WTERMSIG(process.wait_status().value_or(0)), SIGKILL);
  EXPECT_TRUE(processes_with(folder.path()).empty());
}

TEST(Keeper, PassesTerminateOn) {
  const ScratchFolder folder;
  HostProcess process(order_for(folder, {"sh", "-c", "trap 'exit 5' TERM; echo ready; while :; do sleep 0.01; done"}));
  ASSERT_TRUE(wait_for([&] { return folder.read("stdout") == "ready\n"; }));
  process.terminate();
  wait_until_gone(process);
  EXPECT_EQ(WEXITSTATUS(process.wait_status().value_or(0)), 5);
}

TEST(Keeper, RemovesTheSocketsFolder) {
  const ScratchFolder folder;
  folder.write("socket/host", "");
  HostOrder order = order_for(folder, {"true"});
  order.folder_to_remove = folder.path("socket");
  HostProcess process(order);
  wait_until_gone(process);
  EXPECT_FALSE(std::filesystem::exists(folder.path("socket")));
}

/// The keeper is the host's parent.
pid_t keeper_of(const HostProcess& process) {
  std::ifstream file("/proc/" + std::to_string(process.host_pid()) + "/status");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("PPid:")) return std::atoi(line.c_str() + 5);
  return -1;
}

bool has_child() {
  siginfo_t ignored{};
  return ::waitid(P_ALL, 0, &ignored, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/// A host with children in sessions of their own, two deep, that ignore SIGTERM and SIGHUP.
HostOrder scattering_order(const ScratchFolder& folder) {
  return order_for(folder,
                   {"sh", "-c",
                    "setsid sleep 1000 & (setsid sh -c 'trap \"\" TERM HUP; setsid sleep 1000 & sleep 1000' &) ; "
                    "sleep 1000"});
}
constexpr std::size_t scattered = 7;  // with the keeper and the host itself

void wait_until_scattered(HostProcess& process, const ScratchFolder& folder) {
  ASSERT_TRUE(wait_for([&] {
    process.poll();
    return process.host_pid() > 0 && processes_with(folder.path()).size() >= scattered;
  }));
}

TEST(Keeper, LeavesNothingWhenItIsKilledItself) {
  const ScratchFolder folder;
  HostProcess process(scattering_order(folder));
  wait_until_scattered(process, folder);
  ASSERT_EQ(::kill(keeper_of(process), SIGKILL), 0);
  wait_until_gone(process);
  EXPECT_TRUE(processes_with(folder.path()).empty());
  EXPECT_FALSE(has_child()) << "a dead one was not reaped";
}

TEST(Keeper, LeavesNothingWhenItIsKilledAndItsOwnerLooksNoMore) {
  const ScratchFolder folder;
  {
    HostProcess process(scattering_order(folder));
    wait_until_scattered(process, folder);
    ASSERT_EQ(::kill(keeper_of(process), SIGKILL), 0);
  }
  EXPECT_TRUE(processes_with(folder.path()).empty());
  EXPECT_FALSE(has_child());
}

TEST(Keeper, TakesNoOtherChildOfTheRankWithIt) {
  const ScratchFolder folder, other_folder;
  std::string program = "/bin/sleep", argument = "1000";
  std::vector<char*> words = {program.data(), argument.data(), nullptr};
  pid_t older = 0;
  ASSERT_EQ(::posix_spawn(&older, program.c_str(), nullptr, nullptr, words.data(), environ), 0);
  HostProcess process(scattering_order(folder));
  HostProcess other(order_for(other_folder, {"sleep", "1000"}));
  wait_until_scattered(process, folder);
  ASSERT_TRUE(wait_for([&] {
    other.poll();
    return other.host_pid() > 0;
  }));
  ASSERT_EQ(::kill(keeper_of(process), SIGKILL), 0);
  wait_until_gone(process);
  EXPECT_TRUE(processes_with(folder.path()).empty());
  EXPECT_EQ(::waitpid(older, nullptr, WNOHANG), 0) << "a child that is older than the keeper lives";
  other.poll();
  EXPECT_FALSE(other.is_gone());
  EXPECT_EQ(::kill(other.host_pid(), 0), 0);
  ::kill(older, SIGKILL);
  ::waitpid(older, nullptr, 0);
}

TEST(Keeper, LeavesNothingWhenTheRankIsKilled) {
  const ScratchFolder folder;
  folder.write("scripts/entry.py", R"(
import os, signal, subprocess, sys, time
def run(mini_batch):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.system('setsid sleep 1000 &')
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            open('../ready', 'w').close()
            time.sleep(1000)
        os._exit(0)
    time.sleep(1000)
)");
  std::string program = PRS_TEST_LIFELINE_HELPER, argument = folder.path();
  std::vector<char*> words = {program.data(), argument.data(), nullptr};
  pid_t rank = 0;
  ASSERT_EQ(::posix_spawn(&rank, program.c_str(), nullptr, nullptr, words.data(), environ), 0);
  EXPECT_TRUE(wait_for(
      [&] { return std::filesystem::exists(folder.path("ready")) && processes_with(folder.path()).size() >= 4; }));
  ::kill(rank, SIGKILL);
  ::waitpid(rank, nullptr, 0);
  EXPECT_TRUE(wait_for([&] { return processes_with(folder.path()).empty(); }))
      << "left: " << processes_with(folder.path()).size();
  // This process is a subreaper since it had a keeper of its own: what the rank left came here.
  EXPECT_TRUE(wait_for([] {
    while (::waitpid(-1, nullptr, WNOHANG) > 0) continue;
    return !has_child();
  }));
}

}  // namespace
}  // namespace prs
