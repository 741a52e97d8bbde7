#include "farm/table_sample.hpp"

#include <poll.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "script/loader_process.hpp"
#include "support/clock.hpp"
#include "support/errors.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

constexpr std::uint64_t most_stretches = 16;
constexpr std::uint64_t first_stretch_bytes = 1 << 20;
constexpr std::uint64_t later_stretch_bytes = 256 << 10;

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

/// The beginning of a mini-batch. Where a record can begin only the whole file tells with line breaks in quotes, so the
/// file's own beginning is taken then.
TableItems stretch_of(const Plan& plan, std::uint64_t index, const std::vector<TableOptions>& inputs) {
  TableItems items = std::get<TableItems>(plan.items_of(MiniBatchIndex{index}));
  items.pieces.resize(1);
  TablePiece& piece = items.pieces.front();
  if (piece.unit == PieceUnit::rows) {
    if (piece.end > 0) piece.begin = 0;  // one file, one sample
    return items;
  }
  if (inputs.at(items.input).support_multi_line) piece = {std::move(piece.path), 0, piece.end, 0};
  piece.end = std::min(piece.end, piece.begin + (piece.begin == 0 ? first_stretch_bytes : later_stretch_bytes));
  return items;
}

bool is_unreadable(const TableItems& items) {
  return items.pieces.front().unit == PieceUnit::rows && items.pieces.front().end == 0;
}

/// Of each input the first mini-batch that can be read, if there is one.
std::vector<std::uint64_t> first_readable_mini_batches(const Plan& plan) {
  const auto items_of = [&plan](std::uint64_t index) {
    return std::get<TableItems>(plan.items_of(MiniBatchIndex{index}));
  };
  std::vector<std::uint64_t> firsts = first_mini_batches(plan);
  for (std::uint64_t& index : firsts)
    for (const std::uint32_t input = items_of(index).input; is_unreadable(items_of(index)); ++index)
      if (index + 1 == plan.mini_batch_count() || items_of(index + 1).input != input) break;
  return firsts;
}

std::vector<TableItems> stretches_of(const Plan& plan, const std::vector<TableOptions>& inputs) {
  std::vector<std::uint64_t> indices = first_readable_mini_batches(plan);
  const std::uint64_t count = std::min(plan.mini_batch_count(), most_stretches);
  for (std::uint64_t i = 1; i < count; ++i) indices.push_back(i * (plan.mini_batch_count() - 1) / (count - 1));
  std::sort(indices.begin(), indices.end());
  std::vector<TableItems> stretches;
  std::set<std::pair<std::string, std::uint64_t>> taken;
  for (const std::uint64_t index : indices) {
    TableItems stretch = stretch_of(plan, index, inputs);
    const TablePiece& piece = stretch.pieces.front();
    if (!is_unreadable(stretch) && taken.insert({piece.path, piece.begin}).second)
      stretches.push_back(std::move(stretch));
  }
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
    if (stretch.pieces.front().unit == PieceUnit::rows) {
      samples.push_back({stretch.input, stretch.pieces.front().path, {}, {}});
      continue;
    }
    if (!loader) loader.emplace(settings, Clock::now());
    const LoadedTable loaded = load(*loader, stretch, settings);
    samples.push_back({stretch.input, stretch.pieces.front().path, content_of(loaded), loaded.size.header});
  }
  return samples;
}

}  // namespace prs
