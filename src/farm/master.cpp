#include "farm/master.hpp"

#include <algorithm>

#include "farm/quote_states_file.hpp"
#include "script/loader_wire.hpp"
#include "support/log.hpp"
#include "support/side_work.hpp"

namespace prs {
namespace {
using protocol::Tag;

constexpr double answer_limit_seconds = 10;    ///< for a worker's last writes and its answer, beyond its limit
constexpr double shutdown_limit_seconds = 30;  ///< for the scripts' shutdown()
constexpr auto silence = 3 * protocol::beat_interval;

}  // namespace

void Master::farm() {
  begin_farm();
  if (!loop_.dispatcher().is_over() && survey()) loop_.tell_all(Tag::open, protocol::plain_bytes(farm_));
  while (!is_farm_over()) loop_.pass();
  close();
}

void Master::begin_farm() {
  loop_.endings().enter(Endings::Phase::farming);
  loop_.refuse_another_farm();
  loop_.reopen(++farm_);
  set_assembled({});
}

/// No mini-batch can be handed out before. False: something has ended the farm meanwhile.
bool Master::survey() {
  QuoteSurvey* const survey = loop_.parts().survey;
  if (!survey || survey->is_over()) return true;
  count_quotes(*survey);
  if (!survey->is_over()) return false;
  keep_survey(*survey);
  return true;
}

/// The workers count, each its shares; the pass hears of losses, signals and limits as it does while mini-batches run.
void Master::count_quotes(QuoteSurvey& survey) {
  log().info("the quotes in {} bytes are counted, since line breaks may stand in quotes", survey.bytes());
  const auto share = [&survey](std::size_t index, std::size_t) {
    return scan_bytes({survey.step_bytes(), survey.share(index)});
  };
  const auto surveyed = [&survey](std::size_t index, std::string_view answer) {
    if (const std::string problem = survey.take(index, answer); !problem.empty())
      log().warn("quotes that could not be counted: {}", problem);
  };
  ShareHandOut& workers = loop_.shares();
  workers.begin_survey(share, surveyed, survey.shares(),
                       [this](int rank) { return loop_.crew().member(rank).is_lost; });
  while (!survey.is_over() && !loop_.endings().ending()) loop_.pass();
  workers.end();
}

/// For later starts, which count again where this cannot be written, or where a file could not be read.
void Master::keep_survey(const QuoteSurvey& survey) {
  if (survey.has_unknown()) return;
  try {
    aside("writing what the quotes tell", [this, &survey] {
      loop_.parts().lease.expect_held();
      save_quote_states(loop_.parts().folder.quote_states(), survey.plan());
    });
  } catch (const InfrastructureError& error) {
    log().warn("the count of the quotes is not kept: {}", error.what());
  }
}

bool Master::is_farm_over() const {
  if (loop_.dispatcher().is_over()) return true;
  const auto& ending = loop_.endings().ending();
  return ending && (ending->is_at_once || loop_.dispatcher().is_quiet() || loop_.now() >= ending->deadline);
}

/// No more work: the workers end their hosts, sync, and answer; the last tally rounds follow (rule 1.3). A worker that
/// gives signs of life is waited for, however slow its disk is.
void Master::close() {
  loop_.endings().enter(Endings::Phase::closing);
  loop_.set_aside({});
  protocol::Close close;
  close.farm = farm_;
  close.is_healthy = !loop_.endings().is_at_once();
  close.is_in_trouble = loop_.endings().is_in_trouble();
  close.limit_seconds = shutdown_seconds();
  loop_.tell_all(Tag::close, protocol::plain_bytes(close));
  loop_.rounds().hurry();
  const TimePoint due = loop_.now() + duration_of((close.is_healthy ? close.limit_seconds : 0) + answer_limit_seconds);
  while (!is_close_over() && !is_patience_over()) {
    loop_.pass();
    make_stricter(close);
    if (loop_.now() > due && is_nobody_alive_unclosed()) {
      abandon_unclosed();
      break;
    }
  }
  if (!is_close_over()) loop_.endings().force();
  loop_.give_back_all();
}

/// How long scripts may take for shutdown().
double Master::shutdown_seconds() const {
  TimePoint end = loop_.now() + duration_of(shutdown_limit_seconds);
  const auto& ending = loop_.endings().ending();
  const auto& limit = loop_.parts().time_left.limit();
  if (ending && !ending->is_at_once)
    end = ending->deadline;
  else if (limit)
    end = std::min(end, limit->deadline());
  return std::max(0.1, seconds_of(end - loop_.now()));
}

/// A second signal ends a shutdown() that lingers. Where nothing can be written any more, or a disk does not answer and
/// nobody wants to wait for it, the workers close without their last writes.
void Master::make_stricter(protocol::Close& close) {
  Endings& endings = loop_.endings();
  if (!endings.is_forced() && endings.is_time_to_force(loop_.now())) {
    endings.force();
    log().warn("{}: not waited for any longer", loop_.long_wait_text());
  }
  const bool is_in_trouble = endings.is_forced() || endings.is_in_trouble();
  const bool is_healthy = close.is_healthy && !endings.is_hurried() && !is_in_trouble;
  if (close.is_healthy == is_healthy && close.is_in_trouble == is_in_trouble) return;
  close.is_healthy = is_healthy;
  close.is_in_trouble = is_in_trouble;
  loop_.tell_all(Tag::close, protocol::plain_bytes(close));
}

/// All workers are closed, and the last round has ended, if there can be one.
bool Master::is_close_over() const {
  return loop_.is_cut_off() ? loop_.crew().is_all_closed() : loop_.rounds().is_final();
}

/// Whoever has not answered gives no sign either.
bool Master::is_nobody_alive_unclosed() const {
  bool is_any_unclosed = false;
  for (int rank = loop_.crew().first_open(); rank < loop_.crew().ranks(); ++rank) {
    if (loop_.crew().member(rank).is_closed) continue;
    if (loop_.peers().silence_of(rank, loop_.now()) < silence) return false;
    is_any_unclosed = true;
  }
  return is_any_unclosed;
}

/// Names the workers that do not answer; without them there is no last round and no agreed end (rule 6.7).
void Master::abandon_unclosed() {
  const std::string what = "did not end its script in time";
  std::string silent;
  for (int rank = loop_.crew().first_open(); rank < loop_.crew().ranks(); ++rank) {
    if (loop_.crew().member(rank).is_closed) continue;
    silent += (silent.empty() ? "" : ", ") + loop_.crew().place_of(rank);
    loop_.crew().note_hung(rank);
    loop_.peers().declare_lost({rank, what, true});
  }
  log().error("{} {}: is its host or file system hung? It is ended", silent, what);
  loop_.endings().add({ExitStatus::infrastructure, silent + " " + what, loop_.parts().folder.master_log()},
                      ": is its host or file system hung?");
}

std::vector<MiniBatchIndex> Master::assemble(const ShareHandOut::ShareOf& share,
                                             const ShareHandOut::ShareWritten& written, std::size_t shares) {
  const Crew& crew = loop_.crew();
  loop_.shares().begin(share, written, shares, [&crew](int rank) { return crew.member(rank).is_lost; });
  wait_for_shares();
  return loop_.shares().take_damaged();
}

void Master::make_part_files(const ShareHandOut::ShareOf& part_file, std::size_t part_files) {
  const Crew& crew = loop_.crew();
  loop_.shares().begin_part_files(part_file, part_files, [&crew](int rank) { return crew.member(rank).is_lost; });
  wait_for_shares();
}

/// Of the output. No share is known any more then.
void Master::wait_for_shares() {
  Crew& crew = loop_.crew();
  ShareHandOut& writers = loop_.shares();
  loop_.set_aside({});
  for (int rank = 1; rank < crew.ranks(); ++rank) crew.set_busy(rank, protocol::Busy::no);
  const auto& ending = loop_.endings().ending();
  while (!writers.is_idle() && !is_patience_over() && !(ending && ending->status == ExitStatus::infrastructure)) {
    loop_.turn();
    loop_.look_for_trouble();
    loop_.refresh_page();
    if (ending) writers.stop();
  }
  if (is_patience_over()) loop_.endings().force();
  if (!writers.is_whole() && !ending) loop_.end_by_loss("no worker is left to write the output");
  writers.end();
}

bool Master::aside(const std::string& what, const std::function<void()>& work, const std::function<void()>& on_ending) {
  SideWork side(work);
  loop_.set_aside(what);
  while (!side.is_over()) {
    loop_.turn(side.wake_fd());
    if (on_ending && ending()) on_ending();
    if (side.is_over() || !is_patience_over()) continue;
    loop_.endings().force();
    side.abandon();
    return false;
  }
  loop_.set_aside({});
  side.rethrow();
  return true;
}

bool Master::sync_ledger() {
  IoThread& io = loop_.parts().io;
  ledger().submit();
  io.sync_soon();
  loop_.set_aside("writing the ledger");
  // A log that hangs would be waited for at the end, too, without an ear for signals.
  while (!io.is_synced() || !io.are_logs_written()) {
    if (is_patience_over()) {
      loop_.endings().force();
      return false;
    }
    loop_.turn();
  }
  loop_.set_aside({});
  if (const auto failure = io.failure()) throw InfrastructureError(*failure);
  return true;
}

}  // namespace prs
