#include "dataset/hdf5_columns.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "dataset/hdf5_file.hpp"

namespace prs {
namespace {
/// Which columns are wanted, and whether those that were named are there.
class Wanted {
 public:
  Wanted(const Hdf5Source& source, const Hdf5Place& place) : source_(source), place_(place) {}

  /// To be asked once for every column that there is.
  bool operator()(const std::string& name) {
    there_.push_back(name);
    if (has(source_.dropped_columns, name)) return false;
    return source_.columns.empty() || has(source_.columns, name);
  }

  void check_all_were_there() const {
    for (const auto* names : {&source_.columns, &source_.dropped_columns})
      for (const std::string& name : *names)
        if (!has(there_, name))
          throw place_.error(Hdf5Problem::not_found, "has no column '" + name + "'; it has " + listed());
  }

 private:
  static bool has(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  }
  std::string listed() const {
    std::string text;
    for (const std::string& name : there_) text += (text.empty() ? "'" : ", '") + name + "'";
    return text.empty() ? "none" : text;
  }

  const Hdf5Source& source_;
  const Hdf5Place& place_;
  std::vector<std::string> there_;
};

std::string of_column(const std::string& name) {
  return "column '" + name + "' ";
}

/// pandas and JSON want names as UTF-8; the library takes any bytes.
void check_name(const std::string& name, const Hdf5Place& place) {
  try {
    static_cast<void>(nlohmann::json(name).dump());
  } catch (const nlohmann::json::type_error&) {
    throw place.error(Hdf5Problem::unsupported, "has a column whose name is not UTF-8; write it with another name");
  }
}

Hdf5Type type_of_dataset(const Hdf5Dataset& dataset, const Hdf5Place& place, const std::string& whose) {
  const Hdf5Handle type(H5Dget_type(dataset.handle.get()), H5Tclose);
  if (!type) throw place.library_error("its type cannot be read");
  return hdf5_type_of(type.get(), place, whose);
}

std::string path_below(const std::string& group, const std::string& name) {
  return group + (group.empty() || group.back() != '/' ? "/" : "") + name;
}

/// The datasets of a group that are wanted, as columns, one after the other.
class GroupColumns {
 public:
  GroupColumns(hid_t file, const Hdf5Place& place, Wanted& wanted) : file_(file), place_(place), wanted_(wanted) {}

  Hdf5Columns all() {
    const Hdf5Handle group(H5Oopen(file_, place_.dataset.c_str(), H5P_DEFAULT), H5Oclose);
    if (!group) throw place_.library_error("cannot be opened");
    for (const Hdf5Link& link : hdf5_links(group.get(), place_)) add(group.get(), link.name);
    wanted_.check_all_were_there();
    if (result_.columns.empty())
      throw place_.error(Hdf5Problem::not_found, "is a group without a dataset; its 1-D datasets are the columns");
    return std::move(result_);
  }

 private:
  void add(hid_t group, const std::string& name) {
    const Hdf5Handle object(H5Oopen(group, name.c_str(), H5P_DEFAULT), H5Oclose);
    if (object && H5Iget_type(object.get()) != H5I_DATASET) return;
    if (!wanted_(name)) return;
    check_name(name, place_);
    const Hdf5Place place = place_.of(path_below(place_.dataset, name));
    const Hdf5Dataset dataset = open_hdf5_dataset(file_, place);
    check_shape(name, dataset);
    result_.columns.push_back(
        {{name, {}, {}}, type_of_dataset(dataset, place_, of_column(name)), place.dataset, {}, dataset.chunk_rows});
  }

  void check_shape(const std::string& name, const Hdf5Dataset& dataset) {
    if (dataset.dimensions.size() != 1)
      throw place_.error(Hdf5Problem::unsupported,
                         of_column(name) + "has " + std::to_string(dataset.dimensions.size()) +
                             " dimensions, and a column has one; leave it out with 'columns:', or read it as arrays "
                             "with 'dataset: " +
                             path_below(place_.dataset, name) + "'");
    const std::uint64_t rows = dataset.dimensions.front();
    if (result_.columns.empty()) result_.rows = rows;
    if (rows != result_.rows)
      throw place_.error(Hdf5Problem::unsupported,
                         of_column(name) + "has " + std::to_string(rows) + " values, and column '" +
                             result_.columns.front().column.name + "' has " + std::to_string(result_.rows) +
                             "; the columns of a table are of one length: leave out those that are none with "
                             "'columns:'");
  }

  hid_t file_;
  const Hdf5Place& place_;
  Wanted& wanted_;
  Hdf5Columns result_;
};

Hdf5Columns columns_of_compound(hid_t type, const Hdf5Dataset& dataset, const Hdf5Place& place, Wanted& wanted) {
  if (dataset.dimensions.size() != 1)
    throw place.error(Hdf5Problem::unsupported, "is a compound of " + std::to_string(dataset.dimensions.size()) +
                                                    " dimensions; a table has one, its rows");
  Hdf5Columns result{Hdf5Kind::table, dataset.dimensions.front(), {}};
  for (int i = 0; i < H5Tget_nmembers(type); ++i) {
    const auto number = static_cast<unsigned>(i);
    char* const text = H5Tget_member_name(type, number);
    const std::string name(text == nullptr ? "" : text);
    H5free_memory(text);
    if (!wanted(name)) continue;
    check_name(name, place);
    const Hdf5Handle member(H5Tget_member_type(type, number), H5Tclose);
    if (!member) throw place.library_error("the type of " + of_column(name) + "cannot be read");
    result.columns.push_back(
        {{name, {}, {}}, hdf5_type_of(member.get(), place, of_column(name)), place.dataset, name, dataset.chunk_rows});
  }
  wanted.check_all_were_there();
  return result;
}

Hdf5Columns array_of(const Hdf5Dataset& dataset, const Hdf5Place& place, const Hdf5Source& source) {
  if (!source.columns.empty() || !source.dropped_columns.empty())
    throw place.error(Hdf5Problem::unsupported, "is an array, which has no columns: take 'columns:' out");
  Hdf5Type type = type_of_dataset(dataset, place, "");
  if (type.is_text() || type.dtype.starts_with("|S"))
    throw place.error(Hdf5Problem::unsupported, "is text in " + std::to_string(dataset.dimensions.size()) +
                                                    " dimensions; write each column as a 1-D dataset");
  Hdf5Columns result{Hdf5Kind::array, dataset.dimensions.front(), {}};
  const std::vector<std::uint64_t> shape(dataset.dimensions.begin() + 1, dataset.dimensions.end());
  result.columns.push_back({{{}, {}, shape}, std::move(type), place.dataset, {}, dataset.chunk_rows});
  return result;
}

std::string last_part(const std::string& path) {
  const std::size_t end = path.find_last_not_of('/');
  const std::size_t begin = path.find_last_of('/', end);
  return path.substr(begin == std::string::npos ? 0 : begin + 1, end - begin);
}

Hdf5Columns columns_of_dataset(hid_t file, const Hdf5Place& place, const Hdf5Source& source, Wanted& wanted) {
  const Hdf5Dataset dataset = open_hdf5_dataset(file, place);
  const Hdf5Handle type(H5Dget_type(dataset.handle.get()), H5Tclose);
  if (!type) throw place.library_error("its type cannot be read");
  if (is_hdf5_record(type.get())) return columns_of_compound(type.get(), dataset, place, wanted);
  if (dataset.dimensions.empty())
    throw place.error(Hdf5Problem::unsupported, "is one value and has no rows; name another one with 'dataset:'");
  if (dataset.dimensions.size() > 1) return array_of(dataset, place, source);
  Hdf5Columns result{Hdf5Kind::table, dataset.dimensions.front(), {}};
  const std::string name = last_part(place.dataset);
  if (wanted(name)) {
    check_name(name, place);
    result.columns.push_back(
        {{name, {}, {}}, type_of_dataset(dataset, place, ""), place.dataset, {}, dataset.chunk_rows});
  }
  wanted.check_all_were_there();
  return result;
}

/// Of one row in the file; throws where no memory could ever hold the rows.
void check_size(const Hdf5Columns& columns, const Hdf5Place& place) {
  constexpr std::uint64_t most_bytes = std::uint64_t{1} << 60;
  std::uint64_t left = most_bytes / std::max<std::uint64_t>(columns.rows, 1);
  for (const Hdf5ColumnSource& source : columns.columns) {
    std::uint64_t bytes = source.type.memory_bytes;
    for (const std::uint64_t extent : source.column.shape) {
      if (extent != 0 && bytes > left / extent)
        bytes = most_bytes;
      else
        bytes *= extent;
    }
    if (bytes > left)
      throw place.error(Hdf5Problem::damaged, "claims more than 2^60 bytes of rows; the file may be damaged");
    left -= bytes;
  }
}
}  // namespace

std::uint64_t Hdf5ColumnSource::values_per_row() const {
  std::uint64_t values = 1;
  for (const std::uint64_t extent : column.shape) values *= extent;
  return values;
}

Hdf5Columns hdf5_columns(hid_t file, const Hdf5Found& found, const Hdf5Source& source) {
  Wanted wanted(source, found.place);
  Hdf5Columns result = found.is_group ? GroupColumns(file, found.place, wanted).all()
                                      : columns_of_dataset(file, found.place, source, wanted);
  if (result.columns.empty())
    throw found.place.error(Hdf5Problem::not_found, "none of its columns is left; name those that stay in 'columns:'");
  for (Hdf5ColumnSource& column : result.columns) column.column.dtype = column.type.dtype;
  check_size(result, found.place);
  return result;
}

}  // namespace prs
