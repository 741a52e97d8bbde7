#include "dataset/hdf5_table.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "dataset/hdf5_columns.hpp"
#include "dataset/hdf5_file.hpp"
#include "dataset/hdf5_rows.hpp"
#include "dataset/hdf5_search.hpp"
#include "support/errors.hpp"
#include "support/little_endian.hpp"

namespace prs {
namespace {
constexpr std::uint64_t rows_of_text_sample = 256;

nlohmann::json layout_of(const Hdf5Description& description) {
  nlohmann::json columns = nlohmann::json::array();
  for (const Hdf5Column& column : description.columns)
    columns.push_back({{"name", column.name}, {"dtype", column.dtype}, {"shape", column.shape}});
  return {{"kind", description.kind == Hdf5Kind::array ? "array" : "table"}, {"columns", std::move(columns)}};
}

/// The end of the memory, as hdf5_memory.hpp says, behind so many bytes.
std::string directory_of(const Hdf5Description& description, std::uint64_t rows, const std::vector<Hdf5Block>& blocks,
                         std::size_t used_bytes) {
  nlohmann::json directory = layout_of(description);
  directory["rows"] = rows;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    nlohmann::json& column = directory["columns"][i];
    column["offset"] = blocks[i].offset;
    column["bytes"] = blocks[i].bytes;
    column["text_offset"] = blocks[i].text_offset;
    column["text_bytes"] = blocks[i].text_bytes;
  }
  std::string bytes = directory.dump();
  constexpr std::size_t mark_bytes = 2 * sizeof(std::uint64_t);
  while ((used_bytes + bytes.size() + mark_bytes) % hdf5_block_alignment_bytes != 0) bytes += ' ';
  append_little_endian<8>(bytes, bytes.size());
  return bytes + hdf5_memory_magic;
}
}  // namespace

struct Hdf5Table::State {
  Hdf5Handle file;
  Hdf5Place place;
  Hdf5Columns columns;
  Hdf5Description description;
};

Hdf5Table::Hdf5Table(const Hdf5Source& source) {
  auto state = std::make_unique<State>();
  state->file = open_hdf5_file(source.file);
  const Hdf5Found found = find_hdf5_dataset(state->file.get(), {source.file, source.dataset});
  state->place = found.place;
  state->columns = hdf5_columns(state->file.get(), found, source);
  state->description = {state->columns.kind, found.place.dataset, state->columns.rows, {}};
  for (const Hdf5ColumnSource& column : state->columns.columns) state->description.columns.push_back(column.column);
  state_ = std::move(state);
}

Hdf5Table::~Hdf5Table() = default;
Hdf5Table::Hdf5Table(Hdf5Table&&) noexcept = default;
Hdf5Table& Hdf5Table::operator=(Hdf5Table&&) noexcept = default;

const Hdf5Description& Hdf5Table::description() const {
  return state_->description;
}

Hdf5RowSize Hdf5Table::row_size() const {
  Hdf5RowSize size;
  const std::uint64_t sample = std::min(state_->columns.rows, rows_of_text_sample);
  for (const Hdf5ColumnSource& source : state_->columns.columns) {
    size.bytes += source.values_per_row() * source.type.file_bytes;
    size.chunk_rows = std::max(size.chunk_rows, source.chunk_rows);
    if (source.type.is_text() && sample > 0)
      size.bytes += hdf5_text_bytes(state_->file.get(), state_->place.of(source.dataset), source, {0, sample}) / sample;
  }
  return size;
}

std::string Hdf5Table::layout() const {
  return layout_of(state_->description).dump();
}

std::size_t Hdf5Table::read_rows(std::uint64_t begin, std::uint64_t end, Hdf5Memory& memory) const {
  const Hdf5Place& place = state_->place;
  if (begin > end || end > state_->columns.rows)
    throw place.error(Hdf5Problem::damaged, "rows " + std::to_string(begin) + " to " + std::to_string(end) +
                                                " are asked for, and it has " + std::to_string(state_->columns.rows) +
                                                "; the file was changed since the run was planned");
  Hdf5Blocks blocks(state_->file.get(), place, {begin, end}, memory);
  const std::vector<Hdf5Block> found = blocks.read(state_->columns);
  return blocks.append(directory_of(state_->description, end - begin, found, blocks.used_bytes()));
}

}  // namespace prs
