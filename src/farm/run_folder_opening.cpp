#include "farm/run_folder_opening.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "cluster/launched.hpp"
#include "farm/earlier_output.hpp"
#include "farm/identity_of_run.hpp"
#include "output/run_folder_contents.hpp"
#include "output/run_identity.hpp"
#include "support/environment_variable.hpp"
#include "support/errors.hpp"
#include "support/humane.hpp"
#include "support/posix_io.hpp"
#include "support/stop_signals.hpp"

namespace prs {
namespace {

namespace fs = std::filesystem;

/// --overwrite. Without a run in it, the folder's files are somebody else's; only the names that a refusal names are
/// what it is for.
void delete_earlier(const RunFolder& folder, const std::string& output_file, bool is_run_folder) {
  if (is_run_folder) return delete_earlier_run(folder, output_file);
  for (const std::string& path : {output_file, folder.failed_items()}) remove_tree(path);
}

/// Where this start's command was given before, and is given again by its launcher: the run's first start by it. What
/// it asks to be deleted, or tried anew, is not what it has done since. None: it is given for the first time, or no
/// start before came as far as to take the folder over.
std::optional<std::uint32_t> start_of_same_command(const RunFolder& folder) {
  if (launcher_id().empty()) return std::nullopt;
  try {
    const auto earlier = load_run_identity(folder.identity());
    if (earlier && earlier->launch.launcher == launcher_id()) return earlier->launch.first_start;
  } catch (const InfrastructureError&) {  // of such a file nothing is known; who goes on with it says so
  }
  return std::nullopt;
}

RunLease::Options lease_options() {
  RunLease::Options options;
  options.between_looks = [] {
    if (StopSignals::count() > 0)
      throw Interrupted("interrupted while another job's lease was watched; nothing was started");
  };
  options.say = [](const std::string& text) { std::fprintf(stderr, "prs_mpi: %s\n", text.c_str()); };
  return options;
}

void make_run_folder(const RunFolder& folder) {
  std::error_code error;
  fs::create_directories(folder.hidden(), error);
  if (!error) return;
  const InfrastructureError failure = system_error("cannot make the run folder", folder.hidden(), error.value());
  // A disk has room again some day; any other place is the wrong one.
  if (error.value() == ENOSPC || error.value() == EDQUOT || error.value() == EIO) throw failure;
  throw UserError(std::string(failure.what()) + "; choose another `output`");
}

std::unique_ptr<RunLease> take_lease(const RunFolder& folder) {
  try {
    return std::make_unique<RunLease>(folder.lease(), lease_options());
  } catch (const InfrastructureError&) {
    std::error_code error;
    for (const std::string& path : {folder.lease(), folder.hidden()})
      if (const std::string why = why_not_writable(path); fs::exists(path, error) && !why.empty())
        throw InfrastructureError("you may not write in the run folder: " + path + ": " + why +
                                  "; choose another `output`, or get the right to write there");
    throw;
  }
}

void refuse_foreign_output(const RunFolder& folder, const std::string& output_file, const std::string& why) {
  if (!fs::exists(output_file)) return;
  throw UserError(output_file + " exists already and " + why +
                  ": choose another `output`, move it away, or add --overwrite to delete it and what is in " +
                  folder.path + " of an earlier run");
}

void refuse_other_plan(const RunFolder& folder, const std::vector<std::string>& changes) {
  std::string text = folder.path + " holds a run of a different plan:\n";
  for (const std::string& change : changes) text += "  " + change + "\n";
  throw UserError(text + "choose another `output`, or add --overwrite to delete the earlier run");
}

/// The opening of one run folder, step by step in the order of open_run_folder(). `opened_` is its result.
class RunFolderOpening {
 public:
  RunFolderOpening(const RunConfig& config, const Plan& plan, HowToOpen how)
      : config_(config),
        plan_(plan),
        how_(how),
        output_file_(config.run_folder().output(config.parallel.append_row_file_name)) {
    opened_.folder = config.run_folder();
  }

  OpenedFolder open() {
    if (config_.slicing.is_join()) opened_.joined = read_slices(config_, plan_);
    hold_lease();
    refuse_foreign();
    read_earlier_starts();
    if (opened_.is_finished) {
      refuse_reuse();
      return std::move(opened_);
    }
    find_output();
    take_over();
    return std::move(opened_);
  }

 private:
  bool has_rows() const { return config_.has_output(); }

  /// From here on no other job writes in the folder. What --overwrite asks for is done at once.
  void hold_lease() {
    const RunFolder& folder = opened_.folder;
    const bool was_run_folder = fs::exists(folder.identity());
    make_run_folder(folder);
    opened_.lease = take_lease(folder);
    given_before_ = start_of_same_command(folder);
    if (how_.is_overwriting && !given_before_) delete_earlier(folder, output_file_, was_run_folder);
  }

  /// What is not of this run is never replaced (rules 5.4, 7.2).
  void refuse_foreign() const {
    const RunFolder& folder = opened_.folder;
    if (const auto earlier = load_run_identity(folder.identity())) {
      const auto changes = differences(*earlier, identity_of(config_, plan_, config_.slicing));
      if (!changes.empty()) refuse_other_plan(folder, changes);
      return;
    }
    const std::string why = "is not of this run";
    if (has_rows()) refuse_foreign_output(folder, output_file_, why);
    refuse_foreign_output(folder, folder.failed_items(), why);
  }

  void read_earlier_starts() {
    History& history = opened_.history;
    history = read_ledger_of(opened_.folder, plan_, opened_.joined.get());
    const bool is_retried_already = given_before_ && history.last_retry_start >= *given_before_;
    opened_.is_retrying_failed = how_.is_retrying_failed && !is_retried_already;
    const bool has_retries = opened_.is_retrying_failed && forget_failed(history, config_.parallel.run_max_try);
    opened_.is_finished = history.is_finished && (fs::exists(output_file_) || !has_rows()) && !has_retries;
  }

  void refuse_reuse() const {
    if (config_.allow_reuse || given_before_) return;
    throw UserError(opened_.folder.path +
                    " holds a finished run, and allow_reuse is false: add --overwrite to run it again");
  }

  void find_output() {
    if (!has_rows() || !fs::exists(output_file_)) return;
    opened_.output = find_earlier_output(output_file_, opened_.history, [this](LedgerPlace until) {
      return read_ledger_of(opened_.folder, plan_, opened_.joined.get(), until);
    });
    if (!opened_.output && opened_.joined) opened_.output = find_output_of_earlier_join(opened_.folder, output_file_);
    if (opened_.output) return;
    refuse_foreign_output(opened_.folder, output_file_, "is not of this run, or was changed since this run wrote it");
  }

  /// From now on the folder is this start's: its folders and who it is of.
  void take_over() {
    const RunFolder& folder = opened_.folder;
    opened_.start = next_start(folder);
    opened_.first_part = opened_.history.next_part = next_part(folder);
    RunIdentity identity = identity_of(config_, plan_, config_.slicing);
    identity.starts = opened_.start;
    identity.launch = {launcher_id(), given_before_.value_or(opened_.start)};
    opened_.lease->expect_held();  // reading the earlier starts may have taken long
    make_folders_of(folder);
    for (const auto& [name, side_output] : config_.side_outputs) make_folders(side_output);
    try {
      save_run_identity(folder.identity(), identity);
    } catch (const InfrastructureError&) {
      opened_.lease->expect_held();  // of a job that was stopped right here, the loss is the cause
      throw;
    }
  }

  const RunConfig& config_;
  const Plan& plan_;
  const HowToOpen how_;
  const std::string output_file_;
  std::optional<std::uint32_t> given_before_;  ///< the run's first start by this command
  OpenedFolder opened_;
};

}  // namespace

OpenedFolder open_run_folder(const RunConfig& config, const Plan& plan, HowToOpen how) {
  return RunFolderOpening(config, plan, how).open();
}

std::string text_of_idle_restarts(const OpenedFolder& opened) {
  if (std::atoi(environment_variable("SLURM_RESTART_COUNT").c_str()) == 0 || !opened.history.has_idled()) return {};
  return "failed: the last " + std::to_string(opened.history.idle_starts) +
         " starts ended before anything new was done, so this job is not started again by itself; see " +
         opened.folder.job_result() + " and the job's own log; once the cause is gone, submit it again";
}

}  // namespace prs
