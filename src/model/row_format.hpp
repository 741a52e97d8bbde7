#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace prs {

/// How rows become bytes (rule 5.2). `none`: they are counted only (rule 5.3). `parquet` and
/// `hdf5`: the bytes are not yet the file, which is made of all of them at the end.
enum class RowFormat : std::uint8_t { none, text, csv, tsv, jsonl, parquet, hdf5 };

/// What an ending of the row file's name asks for.
struct RowFileEnding {
  std::string_view ending;
  RowFormat format;
  bool has_header;  ///< DataFrames of a run share one header line, unless the configuration says otherwise
};
inline constexpr std::array<RowFileEnding, 6> row_file_endings = {{{".txt", RowFormat::text, false},
                                                                   {".csv", RowFormat::csv, true},
                                                                   {".tsv", RowFormat::tsv, true},
                                                                   {".jsonl", RowFormat::jsonl, false},
                                                                   {".parquet", RowFormat::parquet, true},
                                                                   {".h5", RowFormat::hdf5, true}}};

/// The row format that a file name asks for: its ending counts in any case, and without a known one it is text.
RowFormat row_format_of(std::string_view file_name);
/// Whether it is a file of columns with types, Parquet or HDF5.
constexpr bool has_typed_columns(RowFormat format) {
  return format == RowFormat::parquet || format == RowFormat::hdf5;
}
/// Whether the rows of a file of this name begin with a header line where nobody says. An ending counts as it is
/// written in the table only: a run that goes on must find the same answer as the version that began it.
bool has_header_by_default(std::string_view file_name);

}  // namespace prs
