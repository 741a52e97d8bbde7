#include "dataset/table_plan.hpp"

#include <algorithm>

#include "dataset/compression.hpp"
#include "dataset/counted_files.hpp"
#include "dataset/file_gathering.hpp"
#include "dataset/fingerprint.hpp"
#include "dataset/input_path.hpp"
#include "support/humane.hpp"

namespace prs {
namespace {

/// All keys of the inputs' forms, in the order of the first one's: all inputs of a run have the same columns.
std::vector<std::string> keys_of(const std::vector<TableInput>& inputs) {
  std::vector<KeyedInput> keyed;
  keyed.reserve(inputs.size());
  for (const TableInput& input : inputs) keyed.push_back({input.paths.name, input.partition_format});
  return keys_of_all(keyed);
}

}  // namespace

TablePlan TablePlan::make(const std::vector<TableInput>& inputs, const Options& options) {
  PRS_INVARIANT(options.mini_batch_bytes >= 1);
  if (inputs.empty()) throw UserError("there is no input; name at least one under 'inputs'");
  const std::vector<std::string> keys = keys_of(inputs);
  TablePlan plan;
  plan.mini_batch_bytes_ = options.mini_batch_bytes;
  const LeftOutFolder run_folder(options.left_out_folder);
  Pulse pulse(options.between_folders);
  for (const TableInput& input : inputs) {
    plan.input_names_.push_back(input.paths.name);
    Part part;
    GatheredFiles files = FileGathering(input.paths, run_folder, pulse, plan.warnings_).gather();
    part.paths = std::move(files.paths);
    if (!keys.empty()) {
      const PathList paths({part.paths.data(), part.paths.size()});
      part.keys.emplace(input.paths.name, std::move(files.own_folders), input.partition_format, keys, *paths.begin());
      for (const std::string_view path : paths) part.keys->packed_values_of(path);  // refuses one that does not fit
    }
    part.first_mini_batch = plan.mini_batch_count_;
    part.has_line_breaks_in_quotes = input.options.format == TableFormat::delimited && input.options.support_multi_line;
    if (is_text(input.options.format))
      plan.add_text(part, input.paths.name, pulse);
    else if (input.options.format == TableFormat::parquet)
      plan.add_row_groups(part, input.paths.name, options);
    else
      plan.add_rows(part, input.paths.name, options);
    plan.parts_.push_back(std::move(part));
  }
  if (plan.mini_batch_count_ == 0)
    throw input_error(inputs.front().paths.name, "all files of the run are empty; correct the 'path' of its inputs");
  plan.compute_fingerprint(inputs);
  return plan;
}

void TablePlan::add_text(Part& part, const std::string& input, Pulse& pulse) {
  CountedFiles empty, compressed;
  const std::string_view bytes(part.paths.data(), part.paths.size());
  for (const std::string_view path : PathList(bytes)) {
    pulse.entry();
    const std::uint64_t size_bytes = size_of_file(input, path.data());
    const bool is_whole = compression_of(path) != Compression::none;
    if (size_bytes == 0) {
      empty.add(path);
      continue;
    }
    if (is_whole) compressed.add(path);
    part.files.push({static_cast<std::uint64_t>(path.data() - bytes.data()), size_bytes, mini_batch_count_});
    mini_batch_count_ += is_whole ? 1 : (size_bytes - 1) / mini_batch_bytes_ + 1;
  }
  if (empty.count() > 0) warnings_.push_back(empty.warning(input, "file is empty", "files are empty"));
  if (compressed.count() > 0)
    warnings_.push_back(compressed.warning(input, "compressed file cannot be cut, and is one mini-batch",
                                           "compressed files cannot be cut, and are one mini-batch each"));
  part.files.shrink_to_fit();
}

void TablePlan::add_row_groups(Part& part, const std::string& input, const Options& options) {
  CountedFiles empty, unreadable;
  const std::string_view bytes(part.paths.data(), part.paths.size());
  const PathList paths(bytes);
  auto next = paths.begin();
  options.read_footers(bytes, [&](const Footer& footer) {
    PRS_INVARIANT(next != paths.end());
    const std::string_view path = *next++;
    const auto path_begin = static_cast<std::uint64_t>(path.data() - bytes.data());
    if (!footer.is_readable) {
      unreadable.add(path);
      part.row_groups.add_unreadable_file(path_begin);
    } else if (!part.row_groups.add_file(path_begin, footer.groups, options.mini_batch_bytes)) {
      empty.add(path);
    }
  });
  PRS_INVARIANT(next == paths.end());
  if (empty.count() > 0) warnings_.push_back(empty.warning(input, "file has no rows", "files have no rows"));
  if (unreadable.count() > 0) warnings_.push_back(warning_of_unreadable(unreadable, input));
  part.row_groups.shrink_to_fit();
  mini_batch_count_ += part.row_groups.mini_batch_count();
}

void TablePlan::add_rows(Part& part, const std::string& input, const Options& options) {
  CountedFiles empty, unreadable;
  const std::string_view bytes(part.paths.data(), part.paths.size());
  const PathList paths(bytes);
  auto next = paths.begin();
  const RowsWanted wanted{options.mini_batch_bytes, !options.is_size_of_rows};
  options.count_rows(static_cast<std::uint32_t>(parts_.size()), bytes, [&](const CountedRows& file) {
    PRS_INVARIANT(next != paths.end());
    const std::string_view path = *next++;
    if (!file.problem.empty()) unreadable.add(file.problem);
    if (!part.rows.add_file(static_cast<std::uint64_t>(path.data() - bytes.data()), file, wanted)) empty.add(path);
  });
  PRS_INVARIANT(next == paths.end());
  if (empty.count() > 0) warnings_.push_back(empty.warning(input, "file has no rows", "files have no rows"));
  if (unreadable.count() > 0) warnings_.push_back(warning_of_uncounted(unreadable, input));
  part.rows.shrink_to_fit();
  mini_batch_count_ += part.rows.mini_batch_count();
}

const TablePlan::Part& TablePlan::part_of(MiniBatchIndex index) const {
  PRS_INVARIANT(index.value < mini_batch_count_);
  // A part without mini-batches begins where the next one does: the last of them is the one that has the mini-batch.
  return *(std::upper_bound(parts_.begin(), parts_.end(), index.value,
                            [](std::uint64_t value, const Part& part) { return value < part.first_mini_batch; }) -
           1);
}

MiniBatchItems TablePlan::items_of(MiniBatchIndex index) const {
  const Part& part = part_of(index);
  return TableItems{static_cast<std::uint32_t>(&part - parts_.data()), {piece_of(part, index)}};
}

std::string TablePlan::key_values_of(MiniBatchIndex index) const {
  const Part& part = part_of(index);
  return part.keys ? part.keys->packed_values_of(piece_of(part, index).path) : std::string();
}

TablePiece TablePlan::piece_of(const Part& part, MiniBatchIndex index) const {
  const std::uint64_t place = index.value - part.first_mini_batch;
  const auto of_rows = [&](const auto& piece, PieceUnit unit) {
    return TablePiece{part.paths.data() + piece.path_begin, piece.begin, piece.end, 0, unit};
  };
  if (part.row_groups.mini_batch_count() > 0) return of_rows(part.row_groups.piece_of(place), PieceUnit::rows);
  if (part.rows.mini_batch_count() > 0) return of_rows(part.rows.piece_of(place), PieceUnit::loaded_rows);
  return text_piece_of(part, index);
}

TablePiece TablePlan::text_piece_of(const Part& part, MiniBatchIndex index) const {
  const File* const files = part.files.data();
  const File& file =
      *(std::upper_bound(files, files + part.files.size(), index.value,
                         [](std::uint64_t value, const File& other) { return value < other.first_mini_batch; }) -
        1);
  TablePiece piece{part.paths.data() + file.path_begin, 0, file.size_bytes, 0};
  piece.is_of_first_file = &file == files;
  if (compression_of(piece.path) == Compression::none) {
    piece.begin = (index.value - file.first_mini_batch) * mini_batch_bytes_;
    piece.end = std::min(file.size_bytes - piece.begin, mini_batch_bytes_) + piece.begin;
  }
  if (!quote_states_.empty()) piece.quote_state = quote_states_[index.value];
  return piece;
}

const std::string& TablePlan::input_name_of(MiniBatchIndex index) const {
  return input_names_[static_cast<std::size_t>(&part_of(index) - parts_.data())];
}

void TablePlan::set_quote_state(MiniBatchIndex index, std::uint8_t state) {
  PRS_INVARIANT(index.value < mini_batch_count_);
  if (quote_states_.empty()) quote_states_.resize(mini_batch_count_);
  quote_states_[index.value] = state;
}

void TablePlan::set_quote_states(std::vector<std::uint8_t> states) {
  PRS_INVARIANT(states.empty() || states.size() == mini_batch_count_);
  quote_states_ = std::move(states);
}

std::vector<TablePlan::QuotedFile> TablePlan::quoted_files() const {
  std::vector<QuotedFile> quoted;
  for (std::size_t part = 0; part < parts_.size(); ++part) {
    if (!parts_[part].has_line_breaks_in_quotes) continue;
    const GrowingArray<File>& files = parts_[part].files;
    const bool is_last_part = part + 1 == parts_.size();
    const std::uint64_t part_end = is_last_part ? mini_batch_count_ : parts_[part + 1].first_mini_batch;
    for (std::size_t i = 0; i < files.size(); ++i) {
      const std::uint64_t end = i + 1 == files.size() ? part_end : files[i + 1].first_mini_batch;
      const std::uint64_t mini_batches = end - files[i].first_mini_batch;
      if (mini_batches > 1) quoted.push_back({files[i].first_mini_batch, mini_batches});
    }
  }
  return quoted;
}

void TablePlan::compute_fingerprint(const std::vector<TableInput>& inputs) {
  Fingerprint fingerprint;
  fingerprint.add_text("tables").add_number(mini_batch_bytes_).add_number(parts_.size());
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    fingerprint.add_text(input_names_[i]);
    add_to(fingerprint, inputs[i].options);
    if (parts_[i].keys) fingerprint.add_text(inputs[i].partition_format);
    fingerprint.add_text({parts_[i].paths.data(), parts_[i].paths.size()});
    for (std::size_t file = 0; file < parts_[i].files.size(); ++file)
      fingerprint.add_number(parts_[i].files[file].size_bytes);
    if (parts_[i].row_groups.mini_batch_count() > 0) parts_[i].row_groups.add_to(fingerprint);
    if (parts_[i].rows.mini_batch_count() > 0) parts_[i].rows.add_to(fingerprint);
  }
  fingerprint_ = fingerprint.value();
}

std::size_t TablePlan::memory_bytes() const {
  std::size_t bytes = sizeof *this + parts_.capacity() * sizeof(Part) + quote_states_.capacity();
  for (const Part& part : parts_)
    bytes += part.paths.memory_bytes() + part.files.memory_bytes() + part.row_groups.memory_bytes() +
             part.rows.memory_bytes() + (part.keys ? part.keys->memory_bytes() : 0);
  for (const std::string& name : input_names_) bytes += sizeof(std::string) + name.capacity();
  for (const std::string& warning : warnings_) bytes += sizeof(std::string) + warning.capacity();
  return bytes;
}

std::string TablePlan::content_text() const {
  std::uint64_t files = 0, bytes = 0;
  for (const Part& part : parts_) {
    files += part.files.size() + part.row_groups.file_count() + part.rows.file_count();
    bytes += part.row_groups.bytes() + part.rows.bytes();
    for (std::size_t i = 0; i < part.files.size(); ++i) bytes += part.files[i].size_bytes;
  }
  return counted(files, "table file", "table files") + " of " + counted(bytes, "byte", "bytes");
}

}  // namespace prs
