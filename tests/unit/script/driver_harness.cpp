#include "tests/unit/script/driver_harness.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

#include "support/posix_io.hpp"
#include "support/proc_text.hpp"
#include "support/process_stat.hpp"

extern char** environ;

namespace prs::test {

namespace fs = std::filesystem;

void ScratchFolder::write(const std::string& name, const std::string& text, bool is_program) const {
  const std::string file = path(name);
  make_folders(fs::path(file).parent_path().string());
  std::ofstream(file, std::ios::binary) << text;
  if (is_program) fs::permissions(file, fs::perms::owner_all);
}

std::string ScratchFolder::read(const std::string& name) const {
  std::ifstream file(path(name), std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<int> processes_with(const std::string& mark) {
  std::vector<int> found;
  for (const pid_t pid : numbered_entries("/proc"))
    if (pid != ::getpid() && proc_text(process_file(pid, "environ")).value_or("").find(mark) != std::string::npos)
      found.push_back(pid);
  return found;
}

bool wait_for(const std::function<bool()>& condition) {
  const TimePoint until = Clock::now() + std::chrono::minutes(1);
  while (!condition()) {
    if (Clock::now() > until) return false;
    ::poll(nullptr, 0, 2);
  }
  return true;
}

ScriptSettings settings_for(const std::string& folder) {
  ScriptSettings settings;
  settings.keeper_program = PRS_TEST_KEEPER;
  settings.python_folder = PRS_TEST_PYTHON_FOLDER;
  settings.interpreter.command = {"/usr/bin/python3"};
  for (char** word = environ; *word != nullptr; ++word) settings.environment.emplace_back(*word);
  settings.environment.push_back("PRS_TEST_FOLDER=" + folder);
  settings.script.entry_script = folder + "/scripts/entry.py";
  settings.script.import_folder = folder + "/scripts";
  settings.files.run_folder = folder + "/run";
  settings.files.working_folder = folder + "/work";
  settings.files.stdout_file = folder + "/logs/stdout.txt";
  settings.files.stderr_file = folder + "/logs/stderr.txt";
  settings.files.entry_script_log_file = folder + "/logs/script.log";
  settings.script.agent_name = "process001";
  settings.limits.init_timeout = settings.limits.run_invocation_timeout = settings.limits.task_overhead_timeout =
      std::chrono::minutes(2);
  return settings;
}

Task task_of(std::uint64_t index, const std::vector<std::string>& items) {
  std::string paths;
  for (const std::string& item : items) paths.append(item).push_back('\0');
  return {{index}, 1, FileItems(std::move(paths), static_cast<std::uint32_t>(items.size()))};
}

DriverHarness::DriverHarness(const std::string& script) : DriverHarness(script, [](ScriptSettings&) {}) {}

DriverHarness::DriverHarness(const std::string& script, const std::function<void(ScriptSettings&)>& change) {
  folder.write("scripts/entry.py", script);
  ScriptSettings settings = settings_for(folder.path());
  change(settings);
  driver_ = std::make_unique<ScriptDriver>(std::move(settings), sink_);
  driver_->start(Clock::now());
}

void DriverHarness::Sink::add(std::string_view more) {
  harness.row_bytes += more.size();
  if (harness.keeps_rows) text.append(more);
}

Stretch DriverHarness::Sink::end_try() {
  const std::size_t begin = std::exchange(try_begin, text.size());
  return {0, begin, text.size() - begin, 0};
}

DriverHarness::~DriverHarness() {
  driver_.reset();
  EXPECT_TRUE(wait_for([this] { return processes_with(folder.path()).empty(); })) << "a process is left";
}

void DriverHarness::give(std::uint64_t first, std::uint64_t count) {
  for (std::uint64_t i = first; i < first + count; ++i) give(task_of(i, {"item" + std::to_string(i)}));
}

void DriverHarness::step() {
  driver_->poll(Clock::now(), events_);
  for (TryEnd& end : events_.ended) {
    rows.push_back(sink_.text.substr(end.stretch.offset_bytes, end.stretch.length_bytes));
    ended.push_back(std::move(end));
  }
  failed_shutdowns += events_.is_shutdown_failed ? 1 : 0;
  std::move(events_.notes.begin(), events_.notes.end(), std::back_inserter(notes));
  hosts_ready += events_.is_host_ready ? 1 : 0;
  events_ = {};
}

void DriverHarness::run_until(const std::function<bool()>& condition) {
  const TimePoint until = Clock::now() + std::chrono::minutes(1);
  std::vector<pollfd> fds;
  for (;;) {
    step();
    if (condition()) return;
    const TimePoint now = Clock::now();
    if (now > until) {
      std::string text;
      for (const std::string& note : notes) text += "\n  note: " + note;
      FAIL() << "nothing more came in a minute; ended: " << ended.size() << text;
    }
    fds.clear();
    driver_->add_poll_fds(fds);
    // Conditions may look at files: so 20 ms at most.
    const Duration left =
        std::clamp<Duration>(driver_->next_deadline() - now, Duration::zero(), std::chrono::milliseconds(20));
    ::poll(fds.data(), fds.size(), static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count()));
  }
}

void DriverHarness::run_until_ended(std::size_t count) {
  run_until([&] { return ended.size() >= count; });
  EXPECT_EQ(ended.size(), count);
}

void DriverHarness::run_until_started(const std::string& item) {
  run_until([&] { return fs::exists(folder.path("started." + item)); });
}

void DriverHarness::shut_down() {
  driver_->begin_shutdown(Clock::now() + std::chrono::minutes(1));
  run_until([&] { return driver_->is_over(); });
}

const TryEnd& DriverHarness::end_of(std::uint64_t index) const {
  static const TryEnd none;
  const auto found =
      std::find_if(ended.rbegin(), ended.rend(), [&](const TryEnd& end) { return end.task.mini_batch.value == index; });
  if (found != ended.rend()) return *found;
  ADD_FAILURE() << "mini-batch " << index << " has not ended";
  return none;
}

bool DriverHarness::has_note(const std::string& part) const {
  return std::any_of(notes.begin(), notes.end(),
                     [&](const std::string& note) { return note.find(part) != std::string::npos; });
}

}  // namespace prs::test
