#include "dataset/hdf5_output_column.hpp"

#include <algorithm>

#include "support/errors.hpp"
#include "support/little_endian.hpp"

namespace prs {
namespace {

constexpr std::uint64_t length_bytes = 4;
/// Of texts of any length, however few they are.
constexpr std::size_t most_gathered_bytes = 16 << 20;

Hdf5Handle make_dataset(hid_t file, const std::string& path, const Hdf5ColumnPlan& plan, const Hdf5OutputType& type,
                        hsize_t chunk_rows) {
  const hsize_t rows = plan.rows;
  const Hdf5Handle space(H5Screate_simple(1, &rows, nullptr), H5Sclose);
  const Hdf5Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose), link(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_chunk(creation.get(), 1, &chunk_rows);
  // Every value is written; but texts of any length the library does not make without a fill value.
  if (!type.has_any_length) H5Pset_fill_time(creation.get(), H5D_FILL_TIME_NEVER);
  H5Pset_obj_track_times(creation.get(), false);  // the same rows make the same file
  H5Pset_char_encoding(link.get(), H5T_CSET_UTF8);
  Hdf5Handle dataset(
      H5Dcreate2(file, plan.name.c_str(), type.handle.get(), space.get(), link.get(), creation.get(), H5P_DEFAULT),
      H5Dclose);
  if (!dataset) throw_hdf5_write_error(path);
  return dataset;
}

}  // namespace

Hdf5OutputColumn::Hdf5OutputColumn(hid_t file, const std::string& path, const Hdf5ColumnPlan& plan,
                                   std::uint64_t chunk_bytes)
    : path_(path), rows_(plan.rows), is_text_(plan.is_text()), type_(hdf5_output_type(plan)) {
  chunk_rows_ = std::clamp<std::uint64_t>(chunk_bytes / type_.value_bytes, 1, std::max<std::uint64_t>(rows_, 1));
  dataset_ = make_dataset(file, path, plan, type_, chunk_rows_);
  describe_times(dataset_.get(), plan.type, path);
}

void Hdf5OutputColumn::append(std::uint64_t rows, std::string_view data) {
  if (is_text_) return append_texts(rows, data);
  PRS_INVARIANT(data.size() == rows * type_.value_bytes);
  append_values(data);
}

void Hdf5OutputColumn::append_values(std::string_view data) {
  while (!data.empty()) {
    const std::uint64_t rows = std::min(chunk_rows_ - gathered_, data.size() / type_.value_bytes);
    bytes_.append(data.substr(0, rows * type_.value_bytes));
    data.remove_prefix(rows * type_.value_bytes);
    gathered_ += rows;
    if (gathered_ == chunk_rows_) write_gathered();
  }
}

void Hdf5OutputColumn::append_texts(std::uint64_t rows, std::string_view data) {
  PRS_INVARIANT(data.size() / length_bytes >= rows);
  std::string_view texts = data.substr(rows * length_bytes);
  for (std::uint64_t i = 0; i < rows; ++i) {
    const std::uint64_t bytes = get_little_endian<length_bytes>(data.data() + i * length_bytes);
    PRS_INVARIANT(bytes <= texts.size());
    append_text(texts.substr(0, bytes));
    texts.remove_prefix(bytes);
  }
  PRS_INVARIANT(texts.empty());
}

void Hdf5OutputColumn::append_text(std::string_view text) {
  if (type_.has_any_length) {
    text_begins_.push_back(bytes_.size());
    bytes_.append(text).push_back('\0');
  } else {
    PRS_INVARIANT(text.size() <= type_.value_bytes);
    bytes_.append(text).append(type_.value_bytes - text.size(), '\0');
  }
  ++gathered_;
  if (gathered_ == chunk_rows_ || (type_.has_any_length && bytes_.size() >= most_gathered_bytes)) write_gathered();
}

void Hdf5OutputColumn::write_gathered() {
  PRS_INVARIANT(written_ + gathered_ <= rows_);
  const hsize_t begin = written_, count = gathered_;
  const Hdf5Handle in_memory(H5Screate_simple(1, &count, nullptr), H5Sclose);
  const Hdf5Handle in_file(H5Dget_space(dataset_.get()), H5Sclose);
  H5Sselect_hyperslab(in_file.get(), H5S_SELECT_SET, &begin, nullptr, &count, nullptr);
  std::vector<const char*> texts;
  texts.reserve(text_begins_.size());
  for (const std::size_t at : text_begins_) texts.push_back(bytes_.data() + at);
  const void* const values = type_.has_any_length ? static_cast<const void*>(texts.data()) : bytes_.data();
  if (H5Dwrite(dataset_.get(), type_.handle.get(), in_memory.get(), in_file.get(), H5P_DEFAULT, values) < 0)
    throw_hdf5_write_error(path_);
  written_ += gathered_;
  gathered_ = 0;
  bytes_.clear();
  text_begins_.clear();
}

void Hdf5OutputColumn::finish() {
  if (gathered_ != 0) write_gathered();
  PRS_INVARIANT(written_ == rows_);
  if (H5Dclose(dataset_.release()) < 0) throw_hdf5_write_error(path_);
}

}  // namespace prs
