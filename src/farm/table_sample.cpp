#include "farm/table_sample.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "dataset/compression.hpp"
#include "farm/asked_loader.hpp"
#include "farm/hdf5_rows.hpp"
#include "support/errors.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

// The beginning of the run is read whole, which is all of a small table; the rest in places.
constexpr std::size_t most_stretches_at_the_beginning = 64;
constexpr std::uint64_t most_stretches_spread = 16;
constexpr std::uint64_t first_bytes = 1 << 20;
constexpr std::uint64_t later_bytes = 256 << 10;
// How finely, and how often in a run, what cannot be read is cut into halves: a broken place costs few records then.
constexpr std::uint64_t least_bytes = 16;
constexpr int most_cuts = 200;
constexpr int most_lost_loaders = 3;

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
  return items.pieces.front().unit != PieceUnit::bytes;
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

/// Reads stretches with one loader process after the other. What cannot be read is left out: a broken place costs its
/// own mini-batches later, and not the run (rule 4.5).
class SampleReader {
 public:
  explicit SampleReader(const ScriptSettings& settings) : settings_(settings) {}

  /// What can be read of it goes to `samples`. Throws UserError with the last of a few loaders that die over a file or
  /// read too long.
  void read(TableItems stretch, std::vector<TableSample>& samples);
  /// Why the first that could not be read could not.
  const std::string& first_error() const { return first_error_; }

 private:
  std::optional<LoadedTable> load(const TableItems& stretch);

  const ScriptSettings& settings_;
  std::unique_ptr<AskedLoader> loader_;
  int lost_loaders_ = 0, cuts_ = 0;
  std::string first_error_;
};

void SampleReader::read(TableItems stretch, std::vector<TableSample>& samples) {
  const TablePiece& piece = stretch.pieces.front();
  if (const std::optional<LoadedTable> loaded = load(stretch)) {
    const PieceSize& size = loaded->size.pieces.front();
    samples.push_back({stretch.input, piece.path, content_of(*loaded), size.begin, size.header});
    return;
  }
  const bool can_be_cut = loader_ && compression_of(piece.path) == Compression::none;
  if (!can_be_cut || piece.end - piece.begin < 2 * least_bytes || ++cuts_ > most_cuts) return;
  const std::uint64_t middle = piece.begin + (piece.end - piece.begin) / 2;
  TableItems first = stretch;
  first.pieces.front().end = middle;
  read(std::move(first), samples);
  // With line breaks in quotes nobody knows yet where a record begins in the second half.
  if (settings_.tables.inputs.at(stretch.input).support_multi_line) return;
  stretch.pieces.front().begin = middle;
  read(std::move(stretch), samples);
}

/// None: it cannot be read as it is, and without a loader now: it was read too long.
std::optional<LoadedTable> SampleReader::load(const TableItems& stretch) {
  for (;;) {
    if (!loader_) loader_ = std::make_unique<AskedLoader>(settings_);
    TableLoad got = loader_->load(stretch);
    if (auto* const loaded = std::get_if<LoadedTable>(&got)) return std::move(*loaded);
    const std::string error =
        "cannot read " + name_of(stretch.pieces.front()) + ": " + std::get<FailedLoad>(got).failure.message;
    if (first_error_.empty()) first_error_ = error;
    if (!loader_->is_lost()) return std::nullopt;
    const bool is_too_slow = loader_->is_too_slow();
    loader_.reset();
    if (++lost_loaders_ == most_lost_loaders) throw UserError(error);
    if (is_too_slow) return std::nullopt;
  }
}

/// The columns of each input's first file that can be read.
class Hdf5Sampler {
 public:
  explicit Hdf5Sampler(const ScriptSettings& settings) : question_(settings) {}

  void sample(const TableItems& file, std::vector<TableSample>& samples) {
    const auto is_of_input = [&file](const TableSample& sample) { return sample.input == file.input; };
    if (std::any_of(samples.begin(), samples.end(), is_of_input)) return;
    const std::string& path = file.pieces.front().path;
    const auto answer = question_.describe(file.input, path);
    if (const auto* const table = std::get_if<DescribedTable>(&answer))
      samples.push_back({file.input, path, table->layout, 0, {}});
  }
  /// What is wrong with a file that could not be read for the plan.
  std::string problem_of(const TableItems& file) {
    const auto answer = question_.describe(file.input, file.pieces.front().path);
    const auto* const problem = std::get_if<std::string>(&answer);
    return problem ? *problem : file.pieces.front().path + ": could not be read a moment ago; try again";
  }

 private:
  Hdf5Question question_;
};

bool is_hdf5(const TableItems& items) {
  return items.pieces.front().unit == PieceUnit::loaded_rows;
}

}  // namespace

std::vector<TableSample> sample_tables(const Plan& plan, const ScriptSettings& settings) {
  SampleReader reader(settings);
  Hdf5Sampler hdf5(settings);
  std::vector<TableSample> samples;
  const std::vector<TableItems> stretches = stretches_of(plan, settings.tables.inputs);
  for (const TableItems& stretch : stretches) {
    if (!is_of_rows(stretch))
      reader.read(stretch, samples);
    else if (is_unreadable(stretch))
      continue;
    else if (is_hdf5(stretch))
      hdf5.sample(stretch, samples);
    else
      samples.push_back({stretch.input, stretch.pieces.front().path, {}, 0, {}});
  }
  if (!samples.empty()) return samples;
  if (is_hdf5(stretches.front())) throw UserError(hdf5.problem_of(stretches.front()));
  throw UserError(reader.first_error().empty() ? "none of the files of the inputs can be read" : reader.first_error());
}

}  // namespace prs
