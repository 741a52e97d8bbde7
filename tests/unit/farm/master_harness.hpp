#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "dataset/file_plan.hpp"
#include "dataset/quote_survey.hpp"
#include "dataset/table_plan.hpp"
#include "farm/master.hpp"
#include "farm/run_phases.hpp"
#include "script/loader_wire.hpp"
#include "support/temporary_folder.hpp"
#include "tests/stuck_file.hpp"
#include "tests/unit/farm/fake_rounds.hpp"
#include "tests/unit/farm/fake_transport.hpp"

namespace prs {

/// Workers that are nothing but their messages: each answers as a real one would, unless the test says otherwise.
class PlayedWorkers {
 public:
  PlayedWorkers(FakeTransport& transport, int ranks, const Thresholds& thresholds);

  /// Answers all that was sent since. To be called at each rest of the master.
  void answer();
  /// Reports these outcomes.
  void report(int rank, std::vector<protocol::ReportedOutcome> outcomes);
  /// How a try ends; done with one row by default.
  std::function<protocol::ReportedOutcome(int rank, const Task& task)> run = [](int, const Task& task) {
    return done(task);
  };
  static protocol::ReportedOutcome done(const Task& task);
  static protocol::ReportedOutcome failed(const Task& task, const std::string& message = "no");
  /// Called for each task before it is run; true: the worker is silent about it from now on.
  std::function<bool(int rank, const Task& task)> keeps = [](int, const Task&) { return false; };
  /// How a part of the output is written; whole and well by default.
  std::function<protocol::Assembled(int rank)> assemble = [](int) { return protocol::Assembled{true, {}}; };
  /// What is found in a share of the tables; as a loader would by default.
  std::function<std::string(int rank, const QuoteScanOrder& order)> scan = [](int, const QuoteScanOrder& order) {
    return scanned(order);
  };
  static std::string scanned(const QuoteScanOrder& order);
  std::set<int> silent;                ///< do not answer at all
  std::set<int> never_ready;           ///< give up in init()
  std::set<protocol::Tag> left_alone;  ///< messages with these tags are the test's
  /// One of those; none: there is no such one.
  std::optional<std::string> try_take(int rank, protocol::Tag tag);
  /// For the master: they are reduced with the workers' tallies.
  MakeRounds rounds_of_master() { return joined_.maker(0); }

  std::uint32_t run_max_try = 3;
  std::map<int, std::vector<std::uint64_t>> dropped, overruled;
  std::uint32_t failed_shutdowns = 0;   ///< of each worker, in each farm
  std::vector<protocol::Close> closes;  ///< to rank 1
  std::vector<std::uint32_t> farms;     ///< that rank 1 was told to open
  int stops = 0;                        ///< to rank 1

 private:
  void answer(int rank, const Sent& sent);
  void on_work(int rank, const std::string& bytes);
  void acknowledge(int rank, const protocol::Work& work);
  void close_if_acknowledged(int rank);

  FakeTransport& transport_;
  JoinedRounds joined_;
  std::vector<std::unique_ptr<Rounds>> rounds_;  ///< by rank; [0] unused
  std::vector<Tally> tallies_;                   ///< what each worker adds
  std::vector<Sent> left_;
  std::set<int> closing_;
  std::map<int, std::vector<Outcome>> reported_;
  std::map<int, std::uint64_t> acknowledged_;
};

/// A master over real files in a folder of its own, with played workers.
class MasterHarness {
 public:
  using Change = std::function<void(RunConfig&)>;
  explicit MasterHarness(int workers, std::uint64_t mini_batches, const Change& change = {});
  /// The next start of the same run, which ends the earlier one: nothing may be asked of that any more.
  MasterHarness(MasterHarness& earlier, int workers, const Change& change = {});
  ~MasterHarness();

  Master& master() { return *master_; }
  RunLease& lease() { return *lease_; }
  /// Of the configuration's inputs, if it has any: their quotes are counted before the mini-batches are handed out.
  TablePlan& tables() { return *tables_; }
  const RunConfig& config() const { return config_; }
  const Interpreter& interpreter() const { return interpreter_; }
  const RunFolder& run_folder() const { return run_folder_; }
  std::uint32_t first_part() const { return history_.next_part; }
  /// Runs one farm to its end.
  void farm() { master_->farm(); }
  /// What the ledger has now.
  History ledger();
  /// For the whole of a run. A disk that hangs throws.
  RunPhases::Parts phases();
  /// The I/O thread hangs, with so many bytes that wait behind it.
  void hold_disk(std::size_t bytes);
  void let_disk_go() { held_disk_->let_go(); }

 private:
  std::shared_ptr<TemporaryFolder> folder_;
  RunConfig config_;
  Interpreter interpreter_;

 public:
  FakeTransport transport;
  PlayedWorkers workers;
  /// Called at each rest before the workers answer.
  std::function<void()> on_rest = [] {};

 private:
  MasterHarness(std::shared_ptr<TemporaryFolder> folder, std::uint32_t start, int workers, std::uint64_t mini_batches,
                const Change& change);
  static std::shared_ptr<TemporaryFolder> folder_after(MasterHarness& earlier);
  static FilePlan make_plan(const TemporaryFolder& folder, std::uint64_t mini_batches);
  History read_ledger() const;

  std::uint32_t start_;
  World world_;
  FilePlan plan_;
  std::optional<TablePlan> tables_;
  std::optional<QuoteSurvey> survey_;
  RunFolder run_folder_;
  std::unique_ptr<RunLease> lease_;
  IoThread io_;
  History history_;
  ProgressReporter progress_;
  PageRefresh page_;
  StatusFile status_file_;
  TimeLeft time_left_;
  MakeRounds make_rounds_;
  std::unique_ptr<Master> master_;
  std::optional<StuckFile> held_disk_;
};

}  // namespace prs
