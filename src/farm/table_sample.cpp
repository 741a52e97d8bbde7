#include "farm/table_sample.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "dataset/compression.hpp"
#include "dataset/table_stretches.hpp"
#include "farm/asked_loader.hpp"
#include "farm/hdf5_rows.hpp"
#include "support/errors.hpp"
#include "support/posix_io.hpp"
#include "support/stop_signals.hpp"

namespace prs {
namespace {

// Read of a file whose header has something new.
constexpr std::uint64_t beginning_bytes = 64 << 10;
// How finely, and how often in a run, what cannot be read is cut into halves: a broken place costs few records then.
constexpr std::uint64_t least_bytes = 16;
constexpr int most_cuts = 200;
constexpr int most_lost_loaders = 3;

bool has_own_headers(const TableOptions& options) {
  return options.header == HeaderMode::all_files_different_headers;
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
  /// The file's header record; nothing where it cannot be read. Throws as read() does.
  std::optional<std::string> header_of(std::uint32_t input, const TablePiece& piece);
  /// Why the first that could not be read could not.
  const std::string& first_error() const { return first_error_; }
  const std::string& last_error() const { return last_error_; }

 private:
  std::optional<LoadedTable> load(const TableItems& stretch);

  const ScriptSettings& settings_;
  std::unique_ptr<AskedLoader> loader_;
  int lost_loaders_ = 0, cuts_ = 0;
  std::string first_error_, last_error_;
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
    last_error_ = "cannot read " + name_of(stretch.pieces.front()) + ": " + std::get<FailedLoad>(got).failure.message;
    if (first_error_.empty()) first_error_ = last_error_;
    if (!loader_->is_lost()) return std::nullopt;
    const bool is_too_slow = loader_->is_too_slow();
    loader_.reset();
    if (++lost_loaders_ == most_lost_loaders) throw UserError(last_error_);
    if (is_too_slow) return std::nullopt;
  }
}

std::optional<std::string> SampleReader::header_of(std::uint32_t input, const TablePiece& piece) {
  TablePiece nothing = piece;
  nothing.begin = nothing.end = 0;
  const std::optional<LoadedTable> loaded = load({input, {std::move(nothing)}});
  if (!loaded) return std::nullopt;
  return loaded->size.pieces.front().header;
}

/// The names of the columns stand in one file, and without them nothing can be read.
void sample_first_header(const Plan& plan, std::uint32_t input, SampleReader& reader,
                         std::vector<TableSample>& samples) {
  const std::optional<TablePiece> first = first_file_of(plan, input);
  if (!first) return;
  std::optional<std::string> header = reader.header_of(input, *first);
  if (!header) throw UserError(reader.last_error());
  samples.push_back({input, first->path, {}, 0, std::move(*header)});
}

/// Whether a part of the header is new. What a name is only the parser of the records knows, and these are at least as
/// many as there are new names.
bool has_new_part(const std::string& header, char delimiter, std::set<std::string>& known) {
  bool is_new = false;
  for (std::size_t begin = 0; begin <= header.size();) {
    const std::size_t end = std::min(header.find(delimiter, begin), header.size());
    is_new |= known.insert(header.substr(begin, end - begin)).second;
    begin = end + 1;
  }
  return is_new;
}

/// Of each file that has its own header: all are asked, since one may have a column that no other has. Each header is
/// told once, and of a file with something new in it some records, too.
void sample_all_headers(const Plan& plan, const std::vector<TableOptions>& inputs, SampleReader& reader,
                        std::vector<TableSample>& samples) {
  std::vector<std::set<std::string>> headers(inputs.size()), parts(inputs.size());
  for_each_table_file(plan, [&](std::uint32_t input, const TablePiece& piece) {
    if (StopSignals::count() > 0) throw Interrupted("interrupted while headers were read; nothing was started");
    if (!has_own_headers(inputs.at(input))) return true;
    const std::optional<std::string> header = reader.header_of(input, piece);
    if (!header || header->empty() || !headers[input].insert(*header).second) return true;
    samples.push_back({input, piece.path, {}, 0, *header});
    TablePiece beginning = piece;
    beginning.end = std::min(piece.end, beginning_bytes);
    if (has_new_part(*header, inputs.at(input).delimiter, parts[input])) reader.read({input, {beginning}}, samples);
    return true;
  });
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

}  // namespace

std::vector<TableSample> sample_tables(const Plan& plan, const ScriptSettings& settings) {
  const std::vector<TableOptions>& inputs = settings.tables.inputs;
  SampleReader reader(settings);
  Hdf5Sampler hdf5(settings);
  std::vector<TableSample> samples;
  for (std::uint32_t input = 0; input < inputs.size(); ++input)
    if (inputs[input].header == HeaderMode::from_first_file) sample_first_header(plan, input, reader, samples);
  if (std::any_of(inputs.begin(), inputs.end(), has_own_headers)) sample_all_headers(plan, inputs, reader, samples);
  const std::size_t headers = samples.size();
  for (TableItems& stretch : stretches_of(plan, inputs)) switch (stretch.pieces.front().unit) {
      case PieceUnit::bytes:
        reader.read(std::move(stretch), samples);
        break;
      case PieceUnit::rows:
        samples.push_back({stretch.input, stretch.pieces.front().path, {}, 0, {}});
        break;
      case PieceUnit::loaded_rows:
        hdf5.sample(stretch, samples);
        break;
    }
  if (samples.size() > headers) return samples;
  const TableItems first = std::get<TableItems>(plan.items_of(MiniBatchIndex{0}));
  if (first.pieces.front().unit == PieceUnit::loaded_rows) throw UserError(hdf5.problem_of(first));
  throw UserError(reader.first_error().empty() ? "none of the files of the inputs can be read" : reader.first_error());
}

}  // namespace prs
