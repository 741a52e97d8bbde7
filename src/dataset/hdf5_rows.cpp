#include "dataset/hdf5_rows.hpp"

#include <algorithm>
#include <cstring>

#include "dataset/hdf5_file.hpp"

namespace prs {
namespace {
constexpr std::uint64_t slice_bytes = 1 << 20;
constexpr std::uint64_t texts_of_slice = 1024;  // their length is not known before they are there

/// Rows of one dataset, as the library wants them said: where they are in the file, and how they lie in memory.
struct Selection {
  Selection(const Hdf5Dataset& dataset, Hdf5RowRange rows) {
    std::vector<hsize_t> count(dataset.dimensions), start(count.size(), 0);
    start.front() = rows.begin;
    count.front() = rows.count();
    file = Hdf5Handle(H5Dget_space(dataset.handle.get()), H5Sclose);
    H5Sselect_hyperslab(file.get(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr);
    memory = Hdf5Handle(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr), H5Sclose);
  }
  Hdf5Handle file, memory;
};

std::string rows_text(Hdf5RowRange rows) {
  return "rows " + std::to_string(rows.begin) + " to " + std::to_string(rows.end) + " cannot be read";
}

void read_into(void* to, hid_t type, const Hdf5Dataset& dataset, Hdf5RowRange rows, const Hdf5Place& place) {
  const Selection selection(dataset, rows);
  if (H5Dread(dataset.handle.get(), type, selection.memory.get(), selection.file.get(), H5P_DEFAULT, to) < 0)
    throw place.library_error(rows_text(rows));
}

/// An empty text may be a null pointer.
std::size_t length_of(const char* text) {
  return text == nullptr ? 0 : std::strlen(text);
}

/// What the library allocated for texts of any length goes back to it, however the reading ends.
class Texts {
 public:
  Texts(hid_t type, const Hdf5Dataset& dataset, Hdf5RowRange rows, const Hdf5Place& place)
      : type_(type), texts_(rows.count(), nullptr), selection_(dataset, rows) {
    read_into(texts_.data(), type, dataset, rows, place);
  }
  ~Texts() { H5Dvlen_reclaim(type_, selection_.memory.get(), H5P_DEFAULT, texts_.data()); }
  Texts(const Texts&) = delete;
  Texts& operator=(const Texts&) = delete;

  const std::vector<char*>& all() const { return texts_; }
  std::uint64_t bytes() const {
    std::uint64_t bytes = 0;
    for (const char* const text : texts_) bytes += length_of(text);
    return bytes;
  }

 private:
  hid_t type_;
  std::vector<char*> texts_;
  Selection selection_;
};

/// Of a compound only this member, alone: the library picks it out.
Hdf5Handle type_of_one(const Hdf5ColumnSource& source) {
  if (source.member.empty()) return {H5Tcopy(source.type.memory.get()), H5Tclose};
  Hdf5Handle type(H5Tcreate(H5T_COMPOUND, source.type.memory_bytes), H5Tclose);
  H5Tinsert(type.get(), source.member.c_str(), 0, source.type.memory.get());
  return type;
}

/// Those members whose values have one length, packed: how one record of them lies in memory.
struct Record {
  explicit Record(const std::vector<Hdf5ColumnSource>& columns) {
    for (const Hdf5ColumnSource& source : columns)
      if (!source.type.is_text()) bytes += source.type.memory_bytes;
    if (bytes == 0) return;
    type = Hdf5Handle(H5Tcreate(H5T_COMPOUND, bytes), H5Tclose);
    std::size_t at = 0;
    for (const Hdf5ColumnSource& source : columns) {
      if (source.type.is_text()) continue;
      H5Tinsert(type.get(), source.member.c_str(), at, source.type.memory.get());
      at += source.type.memory_bytes;
    }
  }
  Hdf5Handle type;
  std::size_t bytes = 0;
};

void scatter(const char* from, std::size_t stride, std::size_t width, std::uint64_t count, char* to) {
  for (std::uint64_t row = 0; row < count; ++row) std::memcpy(to + row * width, from + row * stride, width);
}

/// A byte that is neither 0 nor 1 would be no boolean to numpy.
void make_booleans(char* values, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) values[i] = values[i] != 0 ? 1 : 0;
}

template <typename OnSlice>
void for_each_slice(Hdf5RowRange rows, std::uint64_t rows_of_slice, OnSlice&& on_slice) {
  for (std::uint64_t begin = rows.begin; begin < rows.end; begin += rows_of_slice)
    on_slice(Hdf5RowRange{begin, std::min(rows.end, begin + rows_of_slice)});
}
}  // namespace

std::uint64_t Hdf5Blocks::new_block(std::uint64_t bytes) {
  const std::size_t offset =
      (used_ + hdf5_block_alignment_bytes - 1) / hdf5_block_alignment_bytes * hdf5_block_alignment_bytes;
  used_ = offset + bytes;
  base_ = memory_.resize(used_);
  return offset;
}

std::vector<Hdf5Block> Hdf5Blocks::read(const Hdf5Columns& columns) {
  std::vector<Hdf5Block> blocks;
  for (const Hdf5ColumnSource& source : columns.columns) {
    const std::uint64_t bytes = source.type.is_text()
                                    ? (rows_.count() + 1) * sizeof(std::int64_t)
                                    : rows_.count() * source.values_per_row() * source.type.memory_bytes;
    blocks.push_back({new_block(bytes), bytes, 0, 0});
  }
  if (rows_.count() == 0) return blocks;
  const bool are_members = !columns.columns.front().member.empty();
  if (are_members) read_members(columns.columns, blocks);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const Hdf5ColumnSource& source = columns.columns[i];
    if (source.type.is_text())
      read_texts(source, blocks[i]);
    else if (!are_members)
      read_values(source, blocks[i]);
    if (source.type.is_bool()) make_booleans(base_ + blocks[i].offset, blocks[i].bytes);
  }
  return blocks;
}

void Hdf5Blocks::read_values(const Hdf5ColumnSource& source, const Hdf5Block& block) {
  const Hdf5Place place = place_.of(source.dataset);
  read_into(base_ + block.offset, source.type.memory.get(), open_hdf5_dataset(file_, place), rows_, place);
}

void Hdf5Blocks::read_members(const std::vector<Hdf5ColumnSource>& columns, const std::vector<Hdf5Block>& blocks) {
  const Record record(columns);
  if (record.bytes == 0) return;
  const Hdf5Dataset dataset = open_hdf5_dataset(file_, place_);
  const std::uint64_t rows_of_slice = std::max<std::uint64_t>(slice_bytes / record.bytes, 1);
  std::vector<char> records(std::min(rows_of_slice, rows_.count()) * record.bytes);
  for_each_slice(rows_, rows_of_slice, [&](Hdf5RowRange slice) {
    read_into(records.data(), record.type.get(), dataset, slice, place_);
    std::size_t at = 0;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const std::size_t width = columns[i].type.memory_bytes;
      if (columns[i].type.is_text()) continue;
      scatter(records.data() + at, record.bytes, width, slice.count(),
              base_ + blocks[i].offset + (slice.begin - rows_.begin) * width);
      at += width;
    }
  });
}

void Hdf5Blocks::read_texts(const Hdf5ColumnSource& source, Hdf5Block& block) {
  const Hdf5Place place = place_.of(source.dataset);
  const Hdf5Dataset dataset = open_hdf5_dataset(file_, place);
  const Hdf5Handle type = type_of_one(source);
  block.text_offset = new_block(0);
  for_each_slice(rows_, texts_of_slice, [&](Hdf5RowRange slice) {
    const Texts texts(type.get(), dataset, slice, place);
    const std::uint64_t bytes = texts.bytes();
    used_ += bytes;
    base_ = memory_.resize(used_);
    char* to = base_ + used_ - bytes;
    char* end_of_text = base_ + block.offset + (slice.begin - rows_.begin + 1) * sizeof(std::int64_t);
    for (const char* const text : texts.all()) {
      const std::size_t length = length_of(text);
      if (length > 0) std::memcpy(to, text, length);
      to += length;
      block.text_bytes += length;
      const auto end = static_cast<std::int64_t>(block.text_bytes);
      std::memcpy(end_of_text, &end, sizeof end);
      end_of_text += sizeof end;
    }
  });
}

std::size_t Hdf5Blocks::append(const std::string& bytes) {
  const std::size_t at = used_;
  used_ += bytes.size();
  base_ = memory_.resize(used_);
  std::memcpy(base_ + at, bytes.data(), bytes.size());
  return used_;
}

std::uint64_t hdf5_text_bytes(hid_t file, const Hdf5Place& place, const Hdf5ColumnSource& source, Hdf5RowRange rows) {
  const Hdf5Dataset dataset = open_hdf5_dataset(file, place);
  const Hdf5Handle type = type_of_one(source);
  return Texts(type.get(), dataset, rows, place).bytes();
}

}  // namespace prs
