#include "model/table_options.hpp"

#include <array>

namespace prs {
namespace {

// In the order of their enumerators.
constexpr std::array<std::string_view, 4> formats = {"delimited", "jsonl", "parquet", "hdf5"};
constexpr std::array<std::string_view, 7> encodings = {"utf-8",  "utf-16", "utf-16-le",   "utf-16-be",
                                                       "latin1", "ascii",  "windows-1252"};
constexpr std::array<std::string_view, 4> headers = {"all_files_same_headers", "from_first_file", "no_header",
                                                     "all_files_different_headers"};
constexpr std::array<std::string_view, 2> on_type_errors = {"fail", "null"};

}  // namespace

std::string_view name_of(TableFormat format) {
  return formats.at(static_cast<std::size_t>(format));
}
std::string_view name_of(TextEncoding encoding) {
  return encodings.at(static_cast<std::size_t>(encoding));
}
std::string_view name_of(HeaderMode header) {
  return headers.at(static_cast<std::size_t>(header));
}
std::string_view name_of(OnTypeError on_type_error) {
  return on_type_errors.at(static_cast<std::size_t>(on_type_error));
}

}  // namespace prs
