#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cluster/world.hpp"
#include "config/run_config.hpp"
#include "farm/rounds.hpp"
#include "farm/transport.hpp"
#include "model/run_folder.hpp"
#include "output/part_writer.hpp"
#include "output/share_writing.hpp"
#include "report/report.hpp"
#include "report/resource_usage.hpp"
#include "scheduling/pacing.hpp"
#include "scheduling/time_limit.hpp"
#include "script/script_settings.hpp"
#include "script/task_driver.hpp"
#include "support/io_thread.hpp"
#include "support/log.hpp"

namespace prs {

/// One worker rank: hands what the master sends to its script host, writes the rows, and reports how each try ended.
/// Answers every message of farm/protocol.hpp; decides nothing about tries, limits or order.
class Worker {
 public:
  Worker(const World& world, Transport& transport, MakeRounds make_rounds, int rank);
  /// Until the master says Leave, or is lost.
  protocol::Leave serve();

 private:
  /// A try whose outcome the master has not acknowledged yet.
  struct Pending {
    Outcome outcome;
    TryRow row;
  };
  /// A try whose rows, or the text of its failure, are on their way to the disk.
  struct Unwritten {
    protocol::ReportedOutcome reported;
    std::uint64_t ticket = 0;
  };
  struct GaveUp {
    Failure failure;
    std::uint64_t ticket = 0;  ///< once this is done, no disk is to blame
  };

  void pass(TimePoint now);  ///< one turn of the loop: messages, results, reports, rounds
  void on_letter(const Letter& letter);
  void on_start(const Letter& letter);
  void begin_farm(std::uint32_t farm);
  void on_open(std::uint32_t farm);
  void on_work(const Letter& letter);
  void on_call_back(std::uint32_t keep);
  void give_back(std::uint32_t keep, bool is_answer);
  void on_stop();
  void on_close(const protocol::Close& close);
  void on_assemble(const Letter& letter);
  void look_after_share();

  void acknowledge(const protocol::Work& work);
  void harvest(TimePoint now);
  void take(TryEnd end);
  void forget_unreported();
  std::uint64_t keep_error_text(const TryEnd& end);
  std::string room_file() const;
  void report();
  void submit_try_rows();
  void start_monitor();
  void sample_resources(TimePoint now);
  void step_round(TimePoint now);
  void look_for_losses(TimePoint now);
  void on_master_lost(const Loss& loss);
  void send(protocol::Tag tag, std::string bytes = {});
  void step_closing();
  protocol::Busy busy(TimePoint now) const;
  void tell_signals();
  void tell_trouble(const std::string& what);
  void stop_starting();
  void set_pace(std::uint32_t credit, std::size_t window);
  void rest(TimePoint now);
  Peers& peers() const { return transport_.peers(); }

  const World& world_;
  Transport& transport_;
  MakeRounds make_rounds_;
  int rank_;
  std::string process_;

  // From Start on
  RunConfig config_;
  RunFolder folder_;
  std::string building_path_;  ///< of the output file
  ScriptSettings settings_;
  std::uint32_t first_part_ = 0;
  std::unique_ptr<IoThread> io_;
  std::optional<OpenLog> opened_log_;
  std::unique_ptr<PartWriter> part_;
  NoRows no_rows_;  ///< where there is no part
  std::optional<IoThread::FileId> tries_file_;
  std::optional<IoThread::FileId> errors_file_;
  std::unique_ptr<Rounds> rounds_;
  std::optional<ResourceMonitor> monitor_;
  IoThread::FileId process_usage_file_, node_usage_file_;

  // From Open on
  std::uint32_t farm_ = 1;
  std::unique_ptr<TaskDriver> driver_;
  MeanRun mean_run_;
  LongestRun longest_run_;
  std::uint32_t credit_ = 0;
  std::uint32_t told_credit_ = 0;
  bool is_host_ready_ = false;

  std::deque<Unwritten> unwritten_;
  std::deque<Pending> pending_;
  std::uint64_t acknowledged_ = 0;
  Tally tally_;
  std::string try_rows_;
  TimePoint try_rows_due_{};

  bool is_stopped_ = false;    ///< nothing new is started
  bool is_stop_told_ = false;  ///< … because the master said so; else a round did
  bool has_gave_up_ = false;
  std::optional<GaveUp> gave_up_;  ///< the master is not told yet
  std::optional<protocol::Close> closing_;
  bool has_closed_ = false;
  std::unique_ptr<ShareWriting> share_;  ///< of the output, that is being written
  bool has_told_trouble_ = false;
  bool has_warned_of_more_rows_ = false;
  int told_signals_ = 0;
  TimePoint last_sent_{};
  std::optional<protocol::Leave> leave_;
};

}  // namespace prs
