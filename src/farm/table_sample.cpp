#include "farm/table_sample.hpp"

#include <poll.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "script/loader_process.hpp"
#include "support/clock.hpp"
#include "support/errors.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

// The beginning of the run is read whole, which is all of a small table; the rest in places.
constexpr std::size_t most_stretches_at_the_beginning = 64;
constexpr std::uint64_t most_stretches_spread = 16;
constexpr std::uint64_t first_bytes = 1 << 20;
constexpr std::uint64_t later_bytes = 256 << 10;

/// Where each input begins in the plan: it never goes back to an earlier one.
std::vector<std::uint64_t> first_mini_batches(const Plan& plan) {
  std::vector<std::uint64_t> firsts;
  const auto input_of = [&plan](std::uint64_t index) {
    return std::get<TableItems>(plan.items_of(MiniBatchIndex{index})).input;
  };
  for (std::uint64_t at = 0; at < plan.mini_batch_count();) {
    firsts.push_back(at);
    const std::uint32_t input = input_of(at);
    std::uint64_t end = plan.mini_batch_count();
    for (std::uint64_t begin = at + 1; begin < end;) {
      const std::uint64_t middle = begin + (end - begin) / 2;
      (input_of(middle) == input ? begin : end) = middle + (input_of(middle) == input ? 1 : 0);
    }
    at = end;
  }
  return firsts;
}

bool is_of_rows(const TableItems& items) {
  return items.pieces.front().unit == PieceUnit::rows;
}

bool is_unreadable(const TableItems& items) {
  return is_of_rows(items) && items.pieces.front().end == 0;
}

/// Of each input the first mini-batch that can be read, or its last one.
std::vector<std::uint64_t> first_readable_mini_batches(const Plan& plan) {
  const auto items_of = [&plan](std::uint64_t at) { return std::get<TableItems>(plan.items_of(MiniBatchIndex{at})); };
  std::vector<std::uint64_t> firsts = first_mini_batches(plan);
  for (std::uint64_t& index : firsts)
    for (const std::uint32_t input = items_of(index).input; is_unreadable(items_of(index)); ++index)
      if (index + 1 == plan.mini_batch_count() || items_of(index + 1).input != input) break;
  return firsts;
}

/// What is read at once: of one file, the mini-batches before `next`.
struct Stretch {
  TableItems items;
  std::uint64_t next = 0;
};

/// From the beginning of a mini-batch on, over those that follow it in its file: the types of a table must not depend
/// on how small its mini-batches are. Where a record can begin only the whole file tells with line breaks in quotes, so
/// the file's own beginning is taken then, for all of it. Of rows, too, the whole file is taken: its footer tells.
Stretch stretch_of(const Plan& plan, std::uint64_t index, const std::vector<TableOptions>& inputs,
                   std::uint64_t most_bytes) {
  const auto items_of = [&plan](std::uint64_t at) { return std::get<TableItems>(plan.items_of(MiniBatchIndex{at})); };
  Stretch stretch{items_of(index), index + 1};
  stretch.items.pieces.resize(1);
  TablePiece& piece = stretch.items.pieces.front();
  const bool is_beginning = is_of_rows(stretch.items) || inputs.at(stretch.items.input).support_multi_line;
  const std::uint64_t begin = piece.begin, end = begin + most_bytes;
  for (std::uint64_t behind = plan.mini_batch_count(); stretch.next < behind;) {
    const std::uint64_t middle = stretch.next + (behind - stretch.next) / 2;
    const TableItems other = items_of(middle);
    const TablePiece& its = other.pieces.front();
    const bool is_same_file = other.input == stretch.items.input && its.path == piece.path && its.begin > begin;
    if (is_same_file && (is_beginning || its.begin < end))
      stretch.next = middle + 1;
    else
      behind = middle;
  }
  if (is_of_rows(stretch.items)) return stretch;
  piece.end = std::min(items_of(stretch.next - 1).pieces.front().end, end);
  if (is_beginning) piece = {std::move(piece.path), 0, std::min(piece.end, most_bytes), 0};
  return stretch;
}

std::vector<TableItems> stretches_of(const Plan& plan, const std::vector<TableOptions>& inputs) {
  const std::uint64_t count = plan.mini_batch_count();
  std::vector<TableItems> stretches;
  std::uint64_t next = 0;
  const auto take = [&](std::uint64_t index, std::uint64_t most_bytes) {
    Stretch stretch = stretch_of(plan, index, inputs, most_bytes);
    next = stretch.next;
    const TablePiece& piece = stretch.items.pieces.front();
    const std::uint64_t bytes = is_of_rows(stretch.items) ? 0 : piece.end - piece.begin;
    stretches.push_back(std::move(stretch.items));
    return bytes;
  };
  for (std::uint64_t bytes = 0;
       next < count && bytes < first_bytes && stretches.size() < most_stretches_at_the_beginning;)
    bytes += take(next, first_bytes - bytes);
  std::vector<std::uint64_t> indices = first_readable_mini_batches(plan);
  for (std::uint64_t i = 1; i <= most_stretches_spread; ++i) indices.push_back(i * (count - 1) / most_stretches_spread);
  std::sort(indices.begin(), indices.end());
  for (const std::uint64_t index : indices)
    if (index >= next) take(index, later_bytes);
  return stretches;
}

std::string content_of(const LoadedTable& loaded) {
  std::string content(loaded.size.bytes, '\0');
  content.resize(pread_some(loaded.memory.get(), content, 0, "a loaded table"));
  return content;
}

/// One stretch, read within task_overhead_timeout.
LoadedTable load(LoaderProcess& loader, const TableItems& stretch, const ScriptSettings& settings) {
  loader.ask(1, stretch, Clock::now());
  const TimePoint until = Clock::now() + settings.limits.task_overhead_timeout;
  const std::string what = "cannot read " + name_of(stretch.pieces.front()) + ": ";
  std::vector<LoadAnswer> answers;
  while (answers.empty()) {
    loader.flush();
    std::vector<pollfd> fds;
    loader.add_poll_fds(fds);
    ::poll(fds.data(), static_cast<nfds_t>(fds.size()), 50);
    const TimePoint now = Clock::now();
    loader.listen(now, answers);
    if (answers.empty() && now > until) loader.stop(LoaderProcess::End::too_slow, now);
    if (answers.empty() && loader.stage() == LoaderProcess::Stage::dying)
      throw UserError(what + "the process that reads it " + loader.end_text());
  }
  if (const auto* const failed = std::get_if<FailedLoad>(&answers.front().result))
    throw UserError(what + failed->failure.message);
  return std::move(std::get<LoadedTable>(answers.front().result));
}

}  // namespace

std::vector<TableSample> sample_tables(const Plan& plan, const ScriptSettings& settings) {
  std::optional<LoaderProcess> loader;
  std::vector<TableSample> samples;
  for (const TableItems& stretch : stretches_of(plan, settings.tables.inputs)) {
    if (is_of_rows(stretch)) {
      if (!is_unreadable(stretch)) samples.push_back({stretch.input, stretch.pieces.front().path, {}, {}});
      continue;
    }
    if (!loader) loader.emplace(settings, Clock::now());
    const LoadedTable loaded = load(*loader, stretch, settings);
    samples.push_back({stretch.input, stretch.pieces.front().path, content_of(loaded), loaded.size.header});
  }
  return samples;
}

}  // namespace prs
