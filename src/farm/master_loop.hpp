#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cluster/world.hpp"
#include "config/run_config.hpp"
#include "dataset/plan.hpp"
#include "dataset/quote_survey.hpp"
#include "farm/crew.hpp"
#include "farm/endings.hpp"
#include "farm/outcome_recorder.hpp"
#include "farm/page_refresh.hpp"
#include "farm/rounds.hpp"
#include "farm/share_hand_out.hpp"
#include "farm/slices.hpp"
#include "farm/time_left.hpp"
#include "farm/transport.hpp"
#include "farm/work_sender.hpp"
#include "ledger/history.hpp"
#include "model/run_folder.hpp"
#include "output/run_lease.hpp"
#include "report/long_wait.hpp"
#include "report/report.hpp"
#include "scheduling/dispatcher.hpp"
#include "support/io_thread.hpp"

namespace prs {

/// What rank 0 works with.
struct MasterParts {
  const RunConfig& config;
  const Plan& plan;
  const World& world;
  Transport& transport;
  const MakeRounds& make_rounds;
  IoThread& io;
  RunFolder folder;
  RunLease& lease;
  const History& history;  ///< of earlier starts; its last outcomes only until this is made
  std::uint32_t start = 1;
  bool is_retrying_failed = false;  ///< `history` has forgotten what failed: the ledger has to, too
  ProgressReporter& progress;
  PageRefresh& page;
  TimeLeft& time_left;
  QuoteSurvey* survey = nullptr;  ///< what has to be found out of the tables before the first hand-out, if anything
  const JoinedSlices* joined = nullptr;  ///< of a join alone
};

/// Rank 0's loop: carries events to the dispatcher and its commands to the workers, keeps the ledger, takes part in the
/// tally rounds, hears of losses, signals and limits. What happens next is the dispatcher's and the verdict's to say.
class MasterLoop {
 public:
  explicit MasterLoop(const MasterParts& parts);

  /// Who asked for a stop while the rows were put together wants nothing new to be begun.
  void refuse_another_farm() { obey(endings_.refuse_another_farm()); }
  /// The farm of that number is about to begin: no worker is closed, and no host ready.
  void reopen(std::uint32_t farm);
  /// One turn: messages, commands, ledger, rounds, progress.
  void pass();
  /// One turn where nothing is farmed any more; `also_wake_fd` ends its rest, too.
  void turn(int also_wake_fd = -1);
  /// The rows of a finished mini-batch were found damaged.
  void run_again(const Outcome& last);
  /// What was out when the hosts were killed has no outcome; it goes back undequeued.
  void give_back_all();
  /// The lease, or a disk, ends the run.
  void look_for_trouble();
  void end_with(Ending ending);
  /// A lost rank ends this start: another one can go on.
  void end_by_loss(const std::string& what);
  void tell_all(protocol::Tag tag, const std::string& bytes = {});
  /// What goes on beside the loop, "writing the reports"; empty: nothing.
  void set_aside(const std::string& what);
  std::string long_wait_text() const;
  /// report.html, where it is due.
  void refresh_page();

  const MasterParts& parts() const { return parts_; }
  Peers& peers() const { return parts_.transport.peers(); }
  TimePoint now() const { return parts_.transport.now(); }
  Crew& crew() { return crew_; }
  const Crew& crew() const { return crew_; }
  ShareHandOut& shares() { return shares_; }
  Endings& endings() { return endings_; }
  const Endings& endings() const { return endings_; }
  OutcomeRecorder& recorder() { return recorder_; }
  const OutcomeRecorder& recorder() const { return recorder_; }
  Rounds& rounds() { return *rounds_.rounds; }
  const Rounds& rounds() const { return *rounds_.rounds; }
  const Dispatcher& dispatcher() const { return dispatcher_; }
  /// The verdict that ended the farm, or that of the last round.
  const Verdict& verdict() const { return rounds_.verdict.aborts() ? rounds_.verdict : rounds().verdict(); }
  /// Why the first worker gave up; none: no worker did.
  const std::optional<Failure>& first_init_failure() const { return first_init_failure_; }
  /// A rank is lost, and there is no round without it: no last one, either.
  bool is_cut_off() const { return is_cut_off_; }
  bool is_ended_by_loss() const { return is_ended_by_loss_; }
  Progress progress() const;

 private:
  /// The rounds, and what has been seen of them.
  struct SeenRounds {
    std::unique_ptr<Rounds> rounds;
    Verdict verdict;         ///< that ended the farm
    std::uint32_t farm = 0;  ///< the latest one's number
  };
  /// What goes on beside the loop, and how long it is waited for.
  struct Aside {
    std::string what;  ///< empty: nothing does
    LongWait wait;
  };

  bool receive();
  void on_letter(const Letter& letter, TimePoint now);
  void on_report(WorkerId from, const Letter& letter, TimePoint now);
  void perform_commands();
  void heed_backlog(TimePoint now);
  void step_round(TimePoint now);
  void send_beats(TimePoint now);
  void look_for_losses(TimePoint now);
  void on_loss(const Loss& loss, TimePoint now);
  void look_for_endings(TimePoint now);
  void look_for_stops(TimePoint now);
  void obey(bool is_new_ending);
  std::string text_of_stuck(TimePoint now) const;
  std::string_view last_loss() const;
  bool is_long_wait() const;
  void say_long_wait(TimePoint now);
  void update_progress(TimePoint now);
  void rest(TimePoint now, int also_wake_fd = -1);

  MasterParts parts_;
  Crew crew_;
  WorkSender sender_;
  Dispatcher dispatcher_;
  OutcomeRecorder recorder_;
  ShareHandOut shares_;
  Endings endings_;
  SeenRounds rounds_;
  Commands commands_;
  std::optional<Failure> first_init_failure_;
  bool is_stop_told_ = false;
  bool is_cut_off_ = false, is_ended_by_loss_ = false;
  Aside aside_;
  std::int64_t mean_run_nanoseconds_ = 0;
};

}  // namespace prs
