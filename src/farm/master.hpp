#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "farm/master_loop.hpp"

namespace prs {

/// Rank 0 while workers work: has them count quotes where tables need that, opens them, farms all mini-batches out,
/// closes them, has them write the output. Each phase turns the loop until it is over.
class Master {
 public:
  explicit Master(const MasterParts& parts) : loop_(parts) {}

  /// Opens the workers, farms all out, closes the workers, ends with the last tally round.
  void farm();
  /// Another farm() will run this again: its rows were found damaged. `last`: what the ledger has of it.
  void run_again(const Outcome& last) { loop_.run_again(last); }

  /// Has the workers write all shares; the mini-batches whose rows are damaged. Empty without a word when something
  /// went wrong that `ending()` says.
  std::vector<MiniBatchIndex> assemble(const ShareHandOut::ShareOf& share, const ShareHandOut::ShareWritten& written,
                                       std::size_t shares);
  /// How much of the output is written, for people; zeros: nothing is put together.
  void set_assembled(const AssembledBytes& bytes) { loop_.shares().set_assembled(bytes); }
  /// Has them make the part files, once the shares are written. Less than all where `ending()` says why.
  void make_part_files(const ShareHandOut::ShareOf& part_file, std::size_t part_files);
  /// Runs `work`, which may have to wait for a disk, beside the loop: messages, signs of life, signals and limits are
  /// heard meanwhile. Throws what it throws. `what`: "writing the reports", for people. False: it hangs, and is not
  /// waited for any more; it may still run, so nothing that it uses may go away before the process does.
  /// `on_ending`: called now and then once the run is to end early.
  bool aside(const std::string& what, const std::function<void()>& work, const std::function<void()>& on_ending = {});
  /// The same for what the ledger has gathered; throws InfrastructureError where it cannot be written.
  bool sync_ledger();
  /// From now on nothing is left to interrupt: the output gets its name, or the reports are written. What ends the run
  /// is settled.
  void begin_finishing() { loop_.endings().enter(Endings::Phase::finishing); }

  /// Why nothing is waited for any longer: a second signal, or the last moment of a time limit.
  const std::string& hurry_cause() const { return loop_.endings().hurry_cause(); }
  /// Some disk was not waited for: everybody leaves at once.
  bool is_forced() const { return loop_.endings().is_forced(); }
  const std::optional<Ending>& ending() const { return loop_.endings().ending(); }
  /// Workers that may be alive and do not answer any more: no end can be agreed on with them.
  const std::vector<std::uint64_t>& hung_workers() const { return loop_.crew().hung(); }
  /// A lost rank ended this start: another one can go on.
  bool is_ended_by_loss() const { return loop_.is_ended_by_loss(); }
  /// Whoever gives this command again after a loss may do so now (rule 1.4).
  bool may_start_again() const { return is_ended_by_loss() || loop_.endings().is_stopped_by_mpirun(); }
  /// How long the workers' rows waited for the run folder's disk, all together.
  Duration disk_wait() const { return loop_.crew().disk_wait(); }
  const Crew& crew() const { return loop_.crew(); }
  std::uint32_t living_workers() const { return loop_.crew().living(); }
  /// "rank 2 (process001 on node1): its process ended", for each lost worker.
  const std::vector<std::string>& lost_workers() const { return loop_.crew().lost(); }
  const Dispatcher& dispatcher() const { return loop_.dispatcher(); }
  const Rounds& rounds() const { return loop_.rounds(); }
  /// The verdict that ended the farm, or that of the last round.
  const Verdict& verdict() const { return loop_.verdict(); }
  const ErrorCatalog& errors() const { return loop_.recorder().errors(); }
  /// Why the first worker gave up; none: no worker did.
  const std::optional<Failure>& first_init_failure() const { return loop_.first_init_failure(); }
  LedgerWriter& ledger() { return loop_.recorder().ledger(); }
  Progress progress() const { return loop_.progress(); }

 private:
  void begin_farm();
  bool survey();
  void count_quotes(QuoteSurvey& survey);
  void keep_survey(const QuoteSurvey& survey);
  bool is_farm_over() const;
  void close();
  double shutdown_seconds() const;
  void make_stricter(protocol::Close& close);
  bool is_close_over() const;
  bool is_nobody_alive_unclosed() const;
  void abandon_unclosed();
  void wait_for_shares();
  bool is_patience_over() const { return loop_.endings().is_patience_over(loop_.now()); }

  MasterLoop loop_;
  std::uint32_t farm_ = 0;  ///< the latest one's number
};

}  // namespace prs
