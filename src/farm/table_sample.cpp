#include "farm/table_sample.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "farm/asked_loader.hpp"
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

/// Where the stretch ends that begins with a mini-batch: with that or a later one of the same file, `most_bytes` behind
/// `begin` at most. Mini-batches may be much smaller.
std::uint64_t end_of_stretch(const Plan& plan, std::uint64_t index, std::uint64_t begin, std::uint64_t most_bytes) {
  const auto piece_of = [&plan](std::uint64_t other) {
    return std::get<TableItems>(plan.items_of(MiniBatchIndex{other})).pieces.front();
  };
  const TablePiece first = piece_of(index);
  const std::uint64_t end = begin + most_bytes;
  std::uint64_t last = index, after = plan.mini_batch_count();
  const auto is_within = [&](std::uint64_t other) {
    const TablePiece piece = piece_of(other);
    return piece.path == first.path && piece.begin < end;
  };
  while (last + 1 < after) {
    const std::uint64_t middle = last + (after - last) / 2;
    (is_within(middle) ? last : after) = middle;
  }
  return std::min(end, piece_of(last).end);
}

/// The beginning of a mini-batch. Where a record can begin only the whole file tells with line breaks in quotes, so the
/// file's own beginning is taken then.
TableItems stretch_of(const Plan& plan, std::uint64_t index, const std::vector<TableOptions>& inputs) {
  TableItems items = std::get<TableItems>(plan.items_of(MiniBatchIndex{index}));
  items.pieces.resize(1);
  TablePiece& piece = items.pieces.front();
  if (inputs.at(items.input).support_multi_line) piece = {std::move(piece.path), 0, piece.end, 0};
  piece.end = end_of_stretch(plan, index, piece.begin, piece.begin == 0 ? first_stretch_bytes : later_stretch_bytes);
  return items;
}

std::vector<TableItems> stretches_of(const Plan& plan, const std::vector<TableOptions>& inputs) {
  std::vector<std::uint64_t> indices = first_mini_batches(plan);
  const std::uint64_t count = std::min(plan.mini_batch_count(), most_stretches);
  for (std::uint64_t i = 1; i < count; ++i) indices.push_back(i * (plan.mini_batch_count() - 1) / (count - 1));
  std::sort(indices.begin(), indices.end());
  std::vector<TableItems> stretches;
  std::set<std::pair<std::string, std::uint64_t>> taken;
  for (const std::uint64_t index : indices) {
    TableItems stretch = stretch_of(plan, index, inputs);
    const TablePiece& piece = stretch.pieces.front();
    if (taken.insert({piece.path, piece.begin}).second) stretches.push_back(std::move(stretch));
  }
  return stretches;
}

std::string content_of(const LoadedTable& loaded) {
  std::string content(loaded.size.bytes, '\0');
  content.resize(pread_some(loaded.memory.get(), content, 0, "a loaded table"));
  return content;
}

}  // namespace

std::vector<TableSample> sample_tables(const Plan& plan, const ScriptSettings& settings) {
  AskedLoader loader(settings);
  std::vector<TableSample> samples;
  for (const TableItems& stretch : stretches_of(plan, settings.tables.inputs)) {
    const LoadedTable loaded = loader.load(stretch);
    samples.push_back({stretch.input, stretch.pieces.front().path, content_of(loaded), loaded.size.header});
  }
  return samples;
}

}  // namespace prs
