#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cluster/world.hpp"
#include "farm/master_line.hpp"
#include "farm/rounds.hpp"
#include "farm/transport.hpp"
#include "farm/worker_pace.hpp"
#include "farm/worker_part_file.hpp"
#include "farm/worker_results.hpp"
#include "farm/worker_share.hpp"
#include "farm/worker_start.hpp"
#include "farm/worker_stops.hpp"
#include "farm/worker_survey.hpp"
#include "farm/worker_usage.hpp"
#include "script/task_driver.hpp"

namespace prs {

/// What a worker has its tries run by, one for each farm.
using MakeDriver = std::function<std::unique_ptr<TaskDriver>(const ScriptSettings&, RowSink&)>;
MakeDriver script_drivers();

/// One worker rank: hands what the master sends to its script host, writes the rows, and reports how each try ended.
/// Answers every message of farm/protocol.hpp; decides nothing about tries, limits or order.
class Worker {
 public:
  Worker(const World& world, Transport& transport, MakeRounds make_rounds, int rank,
         MakeDriver make_driver = script_drivers());
  /// Until the master says Leave, or is lost.
  protocol::Leave serve();
  /// One turn of that, and a rest. False: it is over.
  bool turn();

 private:
  void pass(TimePoint now);  ///< messages, results, reports, rounds
  void on_letter(const Letter& letter);
  void on_start(const Letter& letter);
  void begin_farm(std::uint32_t farm);
  void on_open(std::uint32_t farm);
  void on_work(const Letter& letter);
  void on_stop();
  void on_close(const protocol::Close& close);
  void on_leave(const Letter& letter);

  void give_back(std::uint32_t keep, bool is_answer);
  void stop_starting();
  void harvest(TimePoint now);
  void set_host_ready(bool is_ready);
  void report();
  void step_round(TimePoint now);
  void step_closing(TimePoint now);
  void look_after_shares(TimePoint now);
  void look_for_losses(TimePoint now);
  void on_master_lost(const Loss& loss);
  protocol::Busy busy(TimePoint now) const;
  void tell_trouble(const std::string& what);
  void rest(TimePoint now);
  Peers& peers() const { return transport_.peers(); }

  const World& world_;
  Transport& transport_;
  MakeRounds make_rounds_;
  int rank_;
  MakeDriver make_driver_;
  MasterLine line_;
  WorkerPace pace_;
  WorkerStops stops_;
  // From Start on. A worker whose files cannot be made has only the first ones; it takes part in the rounds then, too.
  std::unique_ptr<Rounds> rounds_;
  std::optional<WorkerStart> start_;
  std::optional<WorkerResults> results_;
  std::optional<WorkerUsage> usage_;
  std::unique_ptr<TaskDriver> driver_;  ///< from Open to Closed
  struct Shares {
    WorkerShare output;
    WorkerPartFile part_file;
    WorkerSurvey survey;
  } shares_;  ///< of what all workers do together; at most one of them at a time
  std::optional<protocol::Leave> leave_;
};

}  // namespace prs
