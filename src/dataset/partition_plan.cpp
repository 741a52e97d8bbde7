#include "dataset/partition_plan.hpp"

#include <algorithm>

#include "dataset/counted_files.hpp"
#include "dataset/file_gathering.hpp"
#include "dataset/fingerprint.hpp"
#include "dataset/input_path.hpp"
#include "support/humane.hpp"

namespace prs {
namespace {

/// In place of the number of rows of a file.
constexpr std::uint64_t unreadable = UINT64_MAX;

PieceUnit unit_of(TableFormat format) {
  if (is_text(format)) return PieceUnit::bytes;
  return format == TableFormat::parquet ? PieceUnit::rows : PieceUnit::loaded_rows;
}

}  // namespace

/// The files of one input on their way into the order of their values.
class PartitionPlan::Sorting {
 public:
  /// `values`: as PathKeys packs them.
  void add(const std::string& values, std::uint64_t path_begin, std::uint64_t size_bytes) {
    const std::size_t begin = values_.size();
    values_.append(values.data(), values.size());
    files_.push_back({begin, values_.size() - begin, path_begin, size_bytes});
  }

  void sort() {
    std::stable_sort(files_.begin(), files_.end(),
                     [this](const File& a, const File& b) { return values_of(a) < values_of(b); });
  }

  /// In order: `on_file(path begin, size, whether another mini-batch begins)`.
  template <typename OnFile>
  void for_each(OnFile&& on_file) const {
    const File* before = nullptr;
    for (const File& file : files_) {
      on_file(file.path_begin, file.size_bytes, before == nullptr || values_of(*before) != values_of(file));
      before = &file;
    }
  }

 private:
  struct File {
    std::size_t values_begin, values_bytes;
    std::uint64_t path_begin, size_bytes;
  };
  std::string_view values_of(const File& file) const { return {values_.data() + file.values_begin, file.values_bytes}; }

  GrowingArray<char> values_;
  std::vector<File> files_;
};

PartitionPlan PartitionPlan::make(const std::vector<PartitionInput>& inputs, const Options& options) {
  PRS_INVARIANT(!options.keys.empty());
  if (inputs.empty()) throw UserError("there is no input; name at least one under 'inputs'");
  PartitionPlan plan;
  plan.keys_ = options.keys;
  const LeftOutFolder run_folder(options.left_out_folder);
  Pulse pulse(options.between_folders);
  for (const PartitionInput& input : inputs)
    plan.add_part(input, FileGathering(input.paths, run_folder, pulse, plan.warnings_).gather(), options);
  if (plan.mini_batch_count_ == 0)
    throw input_error(inputs.front().paths.name, "all files of the run are empty; correct the 'path' of its inputs");
  std::vector<KeyedInput> keyed;
  keyed.reserve(inputs.size());
  for (const PartitionInput& input : inputs) keyed.push_back({input.paths.name, input.partition_format});
  refuse_different_kinds(keyed, plan.keys_);
  plan.compute_fingerprint(inputs);
  return plan;
}

void PartitionPlan::add_part(const PartitionInput& input, GatheredFiles files, const Options& options) {
  Part part;
  part.input = input.paths.name;
  part.is_table = input.table.has_value();
  if (part.is_table) part.unit = unit_of(input.table->format);
  part.first_mini_batch = mini_batch_count_;
  const std::string_view bytes(files.paths.data(), files.paths.size());
  part.keys.emplace(part.input, std::move(files.own_folders), input.partition_format, keys_, *PathList(bytes).begin());
  Sorting sorting;
  CountedFiles empty;
  const std::vector<std::uint64_t> sizes = sizes_of(part, bytes, options);
  auto size = sizes.begin();
  for (const std::string_view path : PathList(bytes)) {
    if (part.is_table && *size == 0)
      empty.add(path);
    else
      sorting.add(part.keys->packed_values_of(path), static_cast<std::uint64_t>(path.data() - bytes.data()), *size);
    ++size;
  }
  if (empty.count() > 0) warnings_.push_back(empty.warning(part.input, "file is empty", "files are empty"));
  sorting.sort();
  std::uint64_t file = 0, first_begin = UINT64_MAX;
  sorting.for_each([&](std::uint64_t begin, std::uint64_t size_bytes, bool is_first) {
    if (is_first) {
      part.starts.push(part.paths.size());
      if (part.is_table) part.first_files.push(file);
    }
    const std::string_view path(bytes.data() + begin);
    part.paths.append(path.data(), path.size() + 1);
    if (part.is_table) part.sizes.push(size_bytes);
    if (begin < first_begin) part.first_file = file;
    first_begin = std::min(first_begin, begin);
    ++file;
  });
  part.paths.shrink_to_fit();
  for (GrowingArray<std::uint64_t>* numbers : {&part.starts, &part.sizes, &part.first_files}) numbers->shrink_to_fit();
  mini_batch_count_ += part.starts.size();
  item_count_ += part.is_table ? part.starts.size() : file;
  parts_.push_back(std::move(part));
  check_size(parts_.back(), options.most_bytes_of_mini_batch);
}

std::vector<std::uint64_t> PartitionPlan::sizes_of(const Part& part, std::string_view paths, const Options& options) {
  if (part.unit != PieceUnit::bytes) return rows_of(part, paths, options);
  std::vector<std::uint64_t> sizes;
  for (const std::string_view path : PathList(paths)) {
    if (options.between_folders) options.between_folders();
    sizes.push_back(part.is_table ? size_of_file(part.input, path.data()) : 0);
  }
  return sizes;
}

std::vector<std::uint64_t> PartitionPlan::rows_of(const Part& part, std::string_view paths, const Options& options) {
  std::vector<std::uint64_t> rows;
  CountedFiles bad;
  auto path = PathList(paths).begin();
  const auto on_footer = [&](const Footer& footer) {
    if (!footer.is_readable) bad.add(*path);
    ++path;
    rows.push_back(footer.is_readable ? 0 : unreadable);
    for (const RowGroup& group : footer.groups) rows.back() += group.rows;
  };
  const auto on_file = [&](const CountedRows& file) {
    if (!file.problem.empty()) bad.add(file.problem);
    rows.push_back(file.problem.empty() ? file.rows : unreadable);
  };
  const bool is_parquet = part.unit == PieceUnit::rows;
  if (is_parquet)
    options.read_footers(paths, on_footer);
  else
    options.count_rows(static_cast<std::uint32_t>(parts_.size()), paths, on_file);
  if (bad.count() > 0)
    warnings_.push_back(is_parquet ? warning_of_unreadable(bad, part.input) : warning_of_uncounted(bad, part.input));
  return rows;
}

/// Of the part that was added last.
void PartitionPlan::check_size(const Part& part, std::uint64_t most_bytes) const {
  if (part.paths.size() <= most_bytes) return;
  for (std::uint64_t index = part.first_mini_batch; index < mini_batch_count_; ++index)
    if (const std::size_t bytes = slice_of({index}).paths.size(); bytes > most_bytes)
      throw input_error(part.input, "the paths of mini-batch " + std::to_string(index) + " take " +
                                        std::to_string(bytes) + " bytes, and at most " + std::to_string(most_bytes) +
                                        " can be handed to a script at once: choose more partition_keys");
}

PartitionPlan::Slice PartitionPlan::slice_of(MiniBatchIndex index) const {
  PRS_INVARIANT(index.value < mini_batch_count_);
  const Part& part =
      *(std::upper_bound(parts_.begin(), parts_.end(), index.value,
                         [](std::uint64_t value, const Part& other) { return value < other.first_mini_batch; }) -
        1);
  const std::size_t place = index.value - part.first_mini_batch;
  const std::uint64_t begin = part.starts[place];
  const std::uint64_t end = place + 1 == part.starts.size() ? part.paths.size() : part.starts[place + 1];
  return {part, place, {part.paths.data() + begin, end - begin}};
}

MiniBatchItems PartitionPlan::items_of(MiniBatchIndex index) const {
  const Slice slice = slice_of(index);
  const PathList paths(slice.paths);
  if (!slice.part.is_table)
    return FileItems(std::string(slice.paths), static_cast<std::uint32_t>(std::distance(paths.begin(), paths.end())));
  TableItems table{static_cast<std::uint32_t>(&slice.part - parts_.data()), {}};
  std::uint64_t file = slice.part.first_files[slice.place];
  for (const std::string_view path : paths) {
    const std::uint64_t size = slice.part.sizes[file];
    const PieceUnit unit = slice.part.unit;
    const bool is_of_first_file = unit == PieceUnit::bytes && file == slice.part.first_file;
    table.pieces.push_back({std::string(path), 0, size == unreadable ? 0 : size, 0, unit, is_of_first_file});
    ++file;
  }
  return table;
}

const std::string& PartitionPlan::input_name_of(MiniBatchIndex index) const {
  return slice_of(index).part.input;
}

std::string PartitionPlan::key_values_of(MiniBatchIndex index) const {
  const Slice slice = slice_of(index);
  return slice.part.keys->packed_values_of(*PathList(slice.paths).begin());
}

void PartitionPlan::compute_fingerprint(const std::vector<PartitionInput>& inputs) {
  Fingerprint fingerprint;
  fingerprint.add_text("partitions").add_number(keys_.size()).add_number(parts_.size());
  for (const std::string& key : keys_) fingerprint.add_text(key);
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const Part& part = parts_[i];
    fingerprint.add_text(part.input).add_text(inputs[i].partition_format).add_number(part.is_table ? 1 : 0);
    if (part.is_table) add_to(fingerprint, *inputs[i].table);
    fingerprint.add_text({part.paths.data(), part.paths.size()});
    for (std::size_t file = 0; file < part.sizes.size(); ++file) fingerprint.add_number(part.sizes[file]);
  }
  fingerprint_ = fingerprint.value();
}

std::size_t PartitionPlan::memory_bytes() const {
  std::size_t bytes = sizeof *this + parts_.capacity() * sizeof(Part);
  for (const Part& part : parts_) {
    bytes += part.paths.memory_bytes() + part.starts.memory_bytes();
    bytes += part.sizes.memory_bytes() + part.first_files.memory_bytes() + part.keys->memory_bytes();
  }
  for (const std::string& warning : warnings_) bytes += sizeof(std::string) + warning.capacity();
  return bytes;
}

std::string PartitionPlan::content_text() const {
  return counted(item_count_, "file", "files") + " in partitions";
}

}  // namespace prs
