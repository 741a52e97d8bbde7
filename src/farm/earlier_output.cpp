#include "farm/earlier_output.hpp"

#include <algorithm>
#include <cstdio>

#include "farm/column_output.hpp"
#include "model/row_format.hpp"
#include "output/output_check.hpp"
#include "support/errors.hpp"
#include "support/stop_signals.hpp"

namespace prs {
namespace {

constexpr std::uint64_t mini_batches_at_once = 16 << 10;
constexpr std::uint64_t long_to_read_bytes = 1 << 30;

/// Nobody has touched it since it got its name. The ledger does not know devices, whose numbers change.
bool is_untouched(const FileStamp& there, FileStamp named) {
  named.device = there.device;
  return there == named;
}

std::uint64_t row_bytes(const History& history) {
  std::uint64_t bytes = 0;
  history.last.for_each([&](const LastOutcome& last) {
    if (last.outcome.is_done()) bytes += last.outcome.stretch.length_bytes;
  });
  return bytes;
}

/// Whether the file holds the header line, where that was asked for, and then all rows.
bool holds_rows(OutputCheck& check, const History& history) {
  const std::uint64_t bytes = row_bytes(history);
  if (check.stamp().length_bytes != bytes && !check.has_text(history.columns)) return false;
  for (std::uint64_t begin = 0; begin < history.last.mini_batches(); begin += mini_batches_at_once) {
    const std::uint64_t end = std::min(begin + mini_batches_at_once, history.last.mini_batches());
    for (const Stretch& rows : history.last.rows_of_range(begin, end))
      if (rows.length_bytes > 0 && !check.has_rows(rows)) return false;
  }
  return check.is_over();
}

}  // namespace

std::optional<FileStamp> find_untouched_output(const std::string& path, const History& history) {
  const auto& finishing = history.finishing;
  const auto there = stamp_with_files(path);
  const bool is_there = finishing && finishing->named && there && is_untouched(*there, *finishing->named);
  return is_there ? there : std::nullopt;
}

std::optional<FileStamp> find_earlier_output(const std::string& path, const History& history,
                                             const std::function<History(LedgerPlace)>& read_until) {
  if (auto untouched = find_untouched_output(path, history)) return untouched;
  const auto& finishing = history.finishing;
  const auto there = stamp_with_files(path);
  if (!finishing || !there || there->length_bytes != finishing->length_bytes) return std::nullopt;
  if (has_typed_columns(row_format_of(path)))
    return is_column_output_of(path, finishing->layout) ? there : std::nullopt;

  if (there->length_bytes >= long_to_read_bytes)
    std::fprintf(stderr, "prs_mpi: reading %s to see whether it is as an earlier start of this run wrote it\n",
                 path.c_str());
  // Some mini-batches may have run again since, and their rows lie elsewhere now.
  const History then = read_until(finishing->place);
  OutputCheck check(path, [] {
    if (StopSignals::count() > 0)
      throw Interrupted("interrupted while the output of an earlier start was read; nothing was started");
  });
  return holds_rows(check, then) ? std::optional(check.stamp()) : std::nullopt;
}

}  // namespace prs
