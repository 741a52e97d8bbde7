#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace prs {

/// What the files of a table are (rule 3.2). CSV and TSV are delimited text.
enum class TableFormat : std::uint8_t { delimited, json_lines, parquet, hdf5 };

/// How a text table's characters are bytes. `utf8` and the two with a byte order may begin with a byte order mark,
/// which is no part of the text; `utf16` must, since its mark tells the order.
enum class TextEncoding : std::uint8_t { utf8, utf16, utf16_le, utf16_be, latin1, ascii, windows_1252 };

/// Which files of a delimited table begin with a header record, and whether all have the same columns (rule 3.3).
enum class HeaderMode : std::uint8_t {
  all_files_same_headers,
  from_first_file,
  no_header,
  all_files_different_headers
};

/// What becomes of a value that does not fit its column's type (rule 3.3): a failed try, or a missing value.
enum class OnTypeError : std::uint8_t { fail, null };

/// What one table input says of its files; the same for a native input and for one read from an MLTable file. A member
/// that does not fit the format keeps its default.
struct TableOptions {
  TableFormat format = TableFormat::delimited;
  char delimiter = ',';  ///< one byte below 0x80; neither a quote nor a line break
  TextEncoding encoding = TextEncoding::utf8;
  HeaderMode header = HeaderMode::all_files_same_headers;
  bool support_multi_line = false;           ///< line breaks within quotes belong to the field
  bool empty_as_string = false;              ///< an empty field is "" and not a missing value
  bool include_path_column = false;          ///< a column `Path` with the absolute path of each row's file
  std::vector<std::string> columns;          ///< those of the file that stay, each once; empty: all
  std::vector<std::string> dropped_columns;  ///< those that go, none of them in `columns`
  /// Column → type, in the order as written. The types are pandas' names, in one spelling: int8 … int64, uint8 …
  /// uint64, float32, float64, bool, str, datetime64[ns], category.
  std::vector<std::pair<std::string, std::string>> dtypes;
  OnTypeError on_type_error = OnTypeError::fail;
  std::string dataset;  ///< HDF5: the path of a dataset or group within the file; empty: the only one there is
  bool operator==(const TableOptions&) const = default;
};

/// The words that the configuration has for these: "delimited", "utf-16-le", "from_first_file", "null".
std::string_view name_of(TableFormat format);
std::string_view name_of(TextEncoding encoding);
std::string_view name_of(HeaderMode header);
std::string_view name_of(OnTypeError on_type_error);

/// Text is cut at bytes, and its records are found by who reads it (rule 3.3).
constexpr bool is_text(TableFormat format) {
  return format == TableFormat::delimited || format == TableFormat::json_lines;
}

}  // namespace prs
