#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/run_config.hpp"
#include "dataset/file_plan.hpp"
#include "ledger/history.hpp"
#include "ledger/ledger.hpp"
#include "model/run_folder.hpp"
#include "mpi/mailbox.hpp"
#include "mpi/tally_rounds.hpp"
#include "mpi/time_limit_watch.hpp"
#include "mpi/waiting.hpp"
#include "mpi/world.hpp"
#include "output/columns.hpp"
#include "output/run_lease.hpp"
#include "report/long_wait.hpp"
#include "report/report.hpp"
#include "scheduling/dispatcher.hpp"
#include "support/io_thread.hpp"

namespace prs {

/// What ends the farm before all mini-batches are over.
struct Ending {
  ExitStatus status = ExitStatus::failed;
  std::string cause;       ///< one line
  std::string look_into;   ///< file
  bool is_at_once = true;  ///< else running tries may finish until `deadline`
  TimePoint deadline = TimePoint::max();
  bool is_in_trouble = false;  ///< nothing can be written any more
};

/// Rank 0 while workers work: carries events to the dispatcher and its commands to the workers, keeps the ledger, takes
/// part in the tally rounds. What happens next is the dispatcher's and the verdict's to say.
class Master {
 public:
  struct Parts {
    const RunConfig& config;
    const FilePlan& plan;
    const World& world;
    Peers& peers;
    Mailbox& mailbox;
    MPI_Comm comm;
    IoThread& io;
    RunFolder folder;
    RunLease& lease;
    const History& history;  ///< of earlier starts; its last outcomes only until this is made
    std::uint32_t start = 1;
    bool is_retrying_failed = false;  ///< `history` has forgotten what failed: the ledger has to, too
    ProgressReporter& progress;
    TimeLimitWatch& time_limit;
  };
  explicit Master(Parts parts);

  /// Opens the workers, farms all out, closes the workers, ends with the last tally round.
  void farm();
  /// Another farm() will run this again: its rows were found damaged. `last`: what the ledger has of it.
  void run_again(const Outcome& last);

  /// Has the workers write all shares; the mini-batches whose rows are damaged. Empty without a word when something
  /// went wrong that `ending()` says.
  /// `share(index, step)`: the bytes of the next part of that share, empty when it has no more.
  /// `written(index, step)`: that part is written and synced, and all its rows are as they should be.
  using ShareOf = std::function<std::string(std::size_t index, std::size_t step)>;
  using ShareWritten = std::function<void(std::size_t index, std::size_t step)>;
  std::vector<MiniBatchIndex> assemble(const ShareOf& share, const ShareWritten& written, std::size_t shares);
  /// Runs `work`, which may have to wait for a disk, beside the loop: messages, signs of life, signals and limits are
  /// heard meanwhile. Throws what it throws. `what`: "writing the reports", for people. False: it hangs, and is not
  /// waited for any more; it may still run, so nothing that it uses may go away before the process does.
  bool aside(const std::string& what, const std::function<void()>& work);
  /// The same for what the ledger has gathered; throws InfrastructureError where it cannot be written.
  bool sync_ledger();
  /// From now on nothing is left to interrupt: the output gets its name, or the reports are written. What ends the run
  /// is settled.
  void begin_finishing() { is_finishing_ = true; }
  /// Why nothing is waited for any longer: a second signal, or the last moment of a time limit.
  const std::string& hurry_cause() const { return hurry_cause_; }
  /// Some disk was not waited for: everybody leaves at once.
  bool is_forced() const { return is_forced_; }
  /// Workers that may be alive and do not answer any more: no end can be agreed on with them.
  const std::vector<std::uint64_t>& hung_workers() const { return hung_workers_; }
  /// A lost rank ended this start: another one can go on.
  bool is_ended_by_loss() const { return is_ended_by_loss_; }
  std::uint32_t living_workers() const;
  /// "rank 2 (process001 on node1): its process ended", for each lost worker.
  const std::vector<std::string>& lost_workers() const { return lost_workers_; }
  const std::optional<Ending>& ending() const { return ending_; }
  void end_with(Ending ending);
  const Dispatcher& dispatcher() const { return dispatcher_; }
  const TallyRounds& rounds() const { return rounds_; }
  /// The verdict that ended the farm, or that of the last round.
  const Verdict& verdict() const { return verdict_.aborts() ? verdict_ : rounds_.verdict(); }
  const ErrorCatalog& errors() const { return errors_; }
  /// Why the first worker gave up; none: no worker did.
  const std::optional<Failure>& first_init_failure() const { return first_init_failure_; }
  LedgerWriter& ledger() { return ledger_; }
  const std::string& columns() const { return columns_.settled(); }
  std::uint64_t tries() const { return tries_; }
  Progress progress() const;

 private:
  /// Acknowledgements wait until the ledger's bytes are written.
  struct Unacknowledged {
    std::uint64_t ticket = 0;
    std::uint32_t rank = 0;
    std::uint64_t outcomes = 0;  ///< of this worker, in all
  };
  struct WorkerState {
    protocol::Work work;         ///< goes out with the next send
    std::uint64_t outcomes = 0;  ///< received, in all
    std::uint64_t ticketed = 0;  ///< of these, already with a ticket
    std::uint64_t told_acknowledged = 0;
    bool has_news = false;  ///< is in `news_`
    bool is_host_ready = false;
    bool is_closed = false;
    bool is_lost = false;
    protocol::Busy busy = protocol::Busy::no;
    std::optional<std::size_t> share;  ///< of the final file, that it writes
    Duration longest_run{};            ///< of its last ones; zero: none has ended yet
    TimePoint last_sent{};
  };
  /// A share of the final file while it is written.
  struct Share {
    std::size_t next_step = 0;
    bool is_taken = false;  ///< by a worker, or over
  };

  /// What ends the putting together of the rows once its time is over.
  struct Interruption {
    std::string cause;
    TimePoint deadline;
  };

  void open();
  void close();
  double shutdown_seconds(TimePoint now) const;
  void make_stricter(protocol::Close& close);
  bool is_nobody_alive_unclosed(TimePoint now) const;
  void abandon_unclosed();
  void turn(int also_wake_fd = -1);
  bool is_patience_over() const;
  bool is_long_wait() const;
  std::string long_wait_text() const;
  void say_long_wait(TimePoint now);
  bool is_farm_over(TimePoint now) const;
  void pass();  ///< one turn of the loop: messages, commands, ledger, rounds, progress
  void receive();
  void on_letter(const Letter& letter, TimePoint now);
  void on_report(WorkerId from, const Letter& letter, TimePoint now);
  void record(WorkerId from, protocol::ReportedOutcome& reported, TimePoint now);
  void perform_commands();
  void submit_ledger();
  void heed_backlog(TimePoint now);
  void note_news(std::uint32_t rank);
  void send_work(TimePoint now);
  bool send_work_to(std::uint32_t rank, TimePoint now);
  bool is_all_closed();
  void update_progress(TimePoint now);
  void step_round(TimePoint now);
  void send_beats(TimePoint now);
  void look_for_losses(TimePoint now);
  void on_loss(const Loss& loss, TimePoint now);
  void note_hung(WorkerId worker);
  ErrorId error_id_of(const Failure& failure);
  void record_given_up(const Outcome& outcome);
  void look_for_endings(TimePoint now);
  void look_for_trouble(TimePoint now);
  void look_for_stops(TimePoint now);
  void interrupt_at(TimePoint deadline, std::string cause);
  void hurry(const std::string& cause, TimePoint now, TimePoint until);
  void heed_time_limit(TimePoint now);
  std::string text_of_stuck(TimePoint now) const;
  void on_signal(const protocol::Signal& signal, TimePoint now);
  void give_back_all(TimePoint now);
  bool is_close_over();
  void send_share(WorkerState& worker, int rank);
  void give_share_away(WorkerState& lost);
  void on_assembled(WorkerState& from, const Letter& letter);
  void stop_shares();
  std::string name_of(int rank) const;
  std::string place_of(int rank) const;
  static constexpr const char* what_follows = "; what is done is kept, the same command goes on";
  void tell_all(protocol::Tag tag, const std::string& bytes = {});
  void rest(TimePoint now, int also_wake_fd = -1);
  WorkerState& state(WorkerId worker) { return workers_[worker.value]; }

  Parts parts_;
  IoThread& io_;
  LedgerWriter ledger_;
  Dispatcher dispatcher_;
  TallyRounds rounds_;
  ColumnSettlement columns_;
  ErrorCatalog errors_;
  Waiting waiting_;
  Commands commands_;
  std::vector<WorkerState> workers_;  ///< by rank; [0] unused
  // A turn costs what has changed, however many workers there are.
  std::vector<std::uint32_t> reporters_;       ///< have outcomes without a ticket
  std::deque<Unacknowledged> unacknowledged_;  ///< in the order of their tickets
  std::vector<std::uint32_t> news_;            ///< have tasks or acknowledgements to get
  std::size_t first_open_ = 1;                 ///< all workers below it are closed
  std::size_t missing_seen_ = 0;               ///< of those that the rounds do without
  TimePoint next_beats_{}, next_limit_look_{};
  std::optional<Failure> first_init_failure_;
  std::optional<Ending> ending_;
  std::uint32_t farm_ = 0;  ///< the latest one's number
  bool is_stop_told_ = false;
  bool is_closing_ = false;
  bool is_finishing_ = false;
  bool is_forced_ = false;
  std::optional<Interruption> interruption_;
  std::string hurry_cause_;
  TimePoint force_from_ = TimePoint::max();  ///< workers are closed without their last writes
  TimePoint patience_ = TimePoint::max();    ///< nothing and nobody is waited for after it
  std::string aside_;                        ///< what rank 0 does beside the loop; empty: nothing
  LongWait long_wait_;
  int signals_ = 0;      ///< the most that any rank got
  int own_signals_ = 0;  ///< of this one
  std::uint64_t tries_ = 0;
  Verdict verdict_;
  std::vector<std::string> lost_workers_;
  bool is_cut_off_ = false;  ///< a rank is lost, and there is no round without it: no last one, either
  bool is_ended_by_loss_ = false;
  std::optional<IoThread::FileId> tries_file_;  ///< for tries that no worker can tell of
  std::vector<MiniBatchIndex> damaged_;
  ShareOf share_of_;
  ShareWritten share_written_;
  std::vector<Share> shares_;
  bool is_share_stopped_ = false;
  std::vector<std::uint64_t> hung_workers_;
  std::int64_t mean_run_nanoseconds_ = 0;
};

}  // namespace prs
