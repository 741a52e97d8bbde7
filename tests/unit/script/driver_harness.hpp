#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "script/script_driver.hpp"
#include "support/temporary_folder.hpp"

namespace prs::test {

/// A folder that goes away, with short ways to fill it. In /tmp, since sockets lie there: their paths must be short.
class ScratchFolder {
 public:
  std::string path() const { return folder_.path(); }
  std::string path(const std::string& name) const { return folder_.file(name); }
  void write(const std::string& name, const std::string& text, bool is_program = false) const;
  std::string read(const std::string& name) const;

 private:
  const TemporaryFolder folder_{"/tmp"};
};

/// Processes that carry `mark` in their environment, the calling one excepted: what a driver started, wherever it went.
std::vector<int> processes_with(const std::string& mark);
/// Waits, at most a minute, for what must come.
bool wait_for(const std::function<bool()>& condition);
/// Settings for a script, with limits that no healthy script meets. Every process of it carries the folder's name.
ScriptSettings settings_for(const std::string& folder);
Task task_of(std::uint64_t index, const std::vector<std::string>& items);

/// A ScriptDriver with a real Python, driven as a worker does. At its end nothing may be left of its processes.
class DriverHarness {
 public:
  explicit DriverHarness(const std::string& script);
  DriverHarness(const std::string& script, const std::function<void(ScriptSettings&)>& change);
  ~DriverHarness();

  ScratchFolder folder;
  ScriptDriver& driver() { return *driver_; }
  /// Indices first … first+count−1, one item each: "item<index>".
  void give(std::uint64_t first, std::uint64_t count = 1);
  void give(Task task) { driver_->give(std::move(task), Clock::now()); }
  /// Polls, sleeping in between as a worker does, until the condition holds; fails the test after a minute.
  void run_until(const std::function<bool()>& condition);
  /// Until as many tries have ended since the start.
  void run_until_ended(std::size_t count);
  void run_until_started(const std::string& item);
  void shut_down();
  /// The try of a mini-batch; the last where there are several.
  const TryEnd& end_of(std::uint64_t index) const;
  bool has_note(const std::string& part) const;

  std::vector<TryEnd> ended;
  std::vector<std::string> rows;  ///< of each entry of `ended`, from where its stretch says
  std::vector<std::string> notes;
  int failed_shutdowns = 0;
  int hosts_ready = 0;
  std::size_t row_bytes = 0;
  bool keeps_rows = true;

 private:
  struct Sink final : RowSink {
    explicit Sink(DriverHarness& harness_) : harness(harness_) {}
    void add(std::string_view more) override;
    Stretch end_try() override;
    DriverHarness& harness;
    std::string text;
    std::size_t try_begin = 0;
  };

  void step();

  Sink sink_{*this};
  ScriptDriver::Events events_;
  std::unique_ptr<ScriptDriver> driver_;
};

}  // namespace prs::test
