#include "farm/slices.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

#include "farm/earlier_output.hpp"
#include "farm/identity_of_run.hpp"
#include "ledger/ledger_before.hpp"
#include "output/run_identity.hpp"
#include "support/checksum.hpp"
#include "support/errors.hpp"
#include "support/humane.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

constexpr std::size_t named_slices = 20;

/// One slice that has something to do, as it lies in its folder.
struct FoundSlice {
  Slicing slicing;
  RunFolder folder;
  MiniBatchRange range;
  std::string columns;  ///< the header line that its rows have; empty: it has settled none
};

/// A slice that is not finished.
struct MissingSlice {
  std::uint32_t number = 0;
  std::string why;
};

std::uint64_t over_in(const History& history, const MiniBatchRange& range, std::uint32_t run_max_try) {
  std::uint64_t over = 0;
  for (std::uint64_t i = range.begin; i < range.end; ++i)
    over += history.last.has({i}) && (!history.last.has_failed({i}) || history.last.has_failed({i}, run_max_try));
  return over;
}

/// "2,5,7", as sbatch takes them: of those that are named.
std::string listed(const std::vector<MissingSlice>& slices) {
  std::string text;
  for (std::size_t i = 0; i < std::min(slices.size(), named_slices); ++i)
    text += (i == 0 ? "" : ",") + std::to_string(slices[i].number);
  return text;
}

/// Who gave another number than the slices were run with sees it here.
std::string other_counts_text(const RunFolder& whole, const Slicing& join) {
  std::set<std::string> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(whole.slices(), error)) {
    const auto slicing = slicing_of_folder(entry.path().filename().string());
    if (slicing && slicing->count != join.count) found.insert(std::to_string(slicing->count));
  }
  return found.empty() ? "" : "; there are slices of " + spaced({found.begin(), found.end()}) + ", too";
}

[[noreturn]] void refuse_missing(const RunConfig& config, const std::vector<MissingSlice>& missing) {
  const std::string count = std::to_string(config.slicing.count);
  std::string text = std::to_string(missing.size()) + " of " + count +
                     (config.slicing.count == 1 ? " slice" : " slices") + " in " + config.output +
                     " cannot be joined yet" + other_counts_text(RunFolder{config.output}, config.slicing) + ":\n";
  for (std::size_t i = 0; i < std::min(missing.size(), named_slices); ++i)
    text += "  slice " + std::to_string(missing[i].number) + ": " + missing[i].why + "\n";
  if (missing.size() > named_slices) text += "  and " + std::to_string(missing.size() - named_slices) + " more\n";
  throw UserError(text + "run " + (missing.size() == 1 ? "it" : "them") + ", then join again: prs_mpi run " +
                  config.file + " --slice " + std::to_string(missing.front().number) + "/" + count +
                  "; with a batch script of --array " + count + ": sbatch --array=" + listed(missing) + " THAT_SCRIPT");
}

void refuse_other_plan(const FoundSlice& slice, const std::vector<std::string>& changes) {
  std::string text = slice.folder.path + " holds a run of a different plan:\n";
  for (const std::string& change : changes) text += "  " + change + "\n";
  throw UserError(text + "run that slice again with --overwrite, then join again");
}

/// Reads one slice after the other, and compares each with the first one.
class SliceReader {
 public:
  SliceReader(const RunConfig& config, const Plan& plan, JoinedSlices& joined)
      : config_(config), plan_(plan), joined_(joined) {
    joined_.history.last = LastOutcomes(plan.mini_batch_count());
  }

  void read_all() {
    for (std::uint32_t number = 1; number <= config_.slicing.count; ++number) {
      const Slicing slicing = slice_of(config_.slicing, number);
      const MiniBatchRange range = slicing.range_of(plan_.mini_batch_count());
      if (range.size() == 0) break;  // and so are all that follow
      read({slicing, slicing.folder_in(RunFolder{config_.output}), range, {}});
    }
    if (!missing_.empty()) refuse_missing(config_, missing_);
    joined_.fingerprint = checksum_of(ledgers_text_);
  }

 private:
  void read(FoundSlice slice) {
    const auto identity = load_run_identity(slice.folder.identity());
    if (!identity) return miss(slice, "not started");
    const auto changes = differences(*identity, identity_of(config_, plan_, slice.slicing));
    if (!changes.empty()) refuse_other_plan(slice, changes);
    const History history = read_ledger_of(slice.folder, plan_, nullptr);
    if (!history.is_finished) return miss(slice, text_of_unfinished(slice, history));
    slice.columns = history.columns;
    require_same_columns(slice);
    require_same_tables(slice);
    append(slice, history);
  }

  void miss(const FoundSlice& slice, std::string why) { missing_.push_back({slice.slicing.number, std::move(why)}); }

  std::string text_of_unfinished(const FoundSlice& slice, const History& history) const {
    const std::uint64_t over = over_in(history, slice.range, config_.parallel.run_max_try);
    const std::string left = counted(slice.range.size() - over, "mini-batch is", "mini-batches are");
    return (over < slice.range.size() ? left + " not over" : "not completed") + "; see " + slice.folder.job_result();
  }

  /// Rule 5.2. A slice without a DataFrame that has rows has settled none, and fits all.
  void require_same_columns(const FoundSlice& slice) {
    if (slice.columns.empty()) return;
    if (!first_with_columns_) first_with_columns_ = slice;
    if (slice.columns == first_with_columns_->columns) return;
    throw UserError(first_with_columns_->slicing.text() + " has the columns " + columns_text(*first_with_columns_) +
                    ", and " + slice.slicing.text() + " has " + columns_text(slice) +
                    ": all DataFrames of a run have the same ones; correct the script, run that slice again with "
                    "--overwrite, then join again");
  }

  static std::string columns_text(const FoundSlice& slice) {
    std::string text = slice.columns;
    while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
    return "'" + text + "'";
  }

  /// Each slice has settled columns and types of the input (rule 3.3) from the same sample.
  void require_same_tables(const FoundSlice& slice) {
    if (!std::filesystem::exists(slice.folder.table_schema())) return;
    const std::string schema = read_file(slice.folder.table_schema());
    if (first_schema_.empty()) {
      first_schema_ = schema;
      slice_of_schema_ = slice.slicing;
    }
    if (schema == first_schema_) return;
    throw UserError("the columns or types of the input are not the same in " + slice_of_schema_.text() + " and " +
                    slice.slicing.text() + " (" + slice.folder.table_schema() +
                    "): was the input, or pandas, changed in between? Run that slice again with --overwrite, then "
                    "join again");
  }

  void append(const FoundSlice& slice, const History& history) {
    if (next_part(slice.folder) > parts_of_each(config_.slicing))
      throw UserError(slice.folder.path + ": its starts have had more workers than a join of " +
                      std::to_string(config_.slicing.count) + " slices can tell apart; run it again with --overwrite");
    const std::uint32_t before = parts_before(config_.slicing, slice.slicing.number);
    append_slice(joined_.history, history, slice.range.begin, slice.range.end, before);
    joined_.ledgers.push_back({slice.folder, ledger_fingerprint(plan_, nullptr), history.segment_bytes, before});
    ledgers_text_ += std::to_string(slice.slicing.number);
    for (std::uint32_t start = 1; start <= history.starts(); ++start)
      ledgers_text_ += " " + std::to_string(nonce_of_segment(slice.folder.ledger(start))) + ":" +
                       std::to_string(history.segment_bytes[start - 1]);
    ledgers_text_ += "\n";
  }

  const RunConfig& config_;
  const Plan& plan_;
  JoinedSlices& joined_;
  std::vector<MissingSlice> missing_;
  std::optional<FoundSlice> first_with_columns_;
  std::string first_schema_;
  Slicing slice_of_schema_;
  std::string ledgers_text_;  ///< which records the join is made of
};

}  // namespace

std::unique_ptr<JoinedSlices> read_slices(const RunConfig& config, const Plan& plan) {
  auto joined = std::make_unique<JoinedSlices>();
  joined->ledgers.reserve(config.slicing.count);
  SliceReader(config, plan, *joined).read_all();
  return joined;
}

std::uint64_t ledger_fingerprint(const Plan& plan, const JoinedSlices* joined) {
  return joined ? plan.fingerprint() ^ joined->fingerprint : plan.fingerprint();
}

History read_ledger_of(const RunFolder& folder, const Plan& plan, const JoinedSlices* joined,
                       std::optional<LedgerPlace> until) {
  return read_history([&](std::uint32_t start) { return folder.ledger(start); }, ledger_fingerprint(plan, joined),
                      plan.mini_batch_count(), until, joined ? &joined->history : nullptr);
}

std::vector<RunLedger> ledgers_of(const RunFolder& folder, const Plan& plan, const History& history,
                                  const JoinedSlices* joined) {
  std::vector<RunLedger> ledgers = joined ? joined->ledgers : std::vector<RunLedger>();
  ledgers.push_back({folder, ledger_fingerprint(plan, joined), history.segment_bytes, 0});
  return ledgers;
}

std::vector<TriesFile> tries_files_of(std::span<const RunLedger> ledgers) {
  std::vector<TriesFile> all;
  for (const RunLedger& ledger : ledgers)
    for (const TriesFile& file : tries_files_of(ledger.folder))
      all.push_back({file.part + ledger.parts_before, file.path});
  return all;
}

std::optional<FileStamp> find_output_of_earlier_join(const RunFolder& folder, const std::string& output_file) {
  const auto segment_path = [&](std::uint32_t start) { return folder.ledger(start); };
  for (std::uint32_t start = 1; std::filesystem::exists(segment_path(start)); ++start) {
    SegmentHeader header;
    LedgerEvents events;
    events.header = [&](const SegmentHeader& found) { header = found; };
    read_segment(segment_path(start), UINT64_MAX, events);
    const History history = read_history(segment_path, header.plan_fingerprint, header.mini_batches);
    if (auto output = find_untouched_output(output_file, history)) return output;
  }
  return std::nullopt;
}

}  // namespace prs
