#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "output/assembly.hpp"

namespace prs {

/// Where the rows become a folder of part files (rule 5.2), in the order of their names: part-00000.parquet, and so on.

/// Of so many bytes of rows a part file is made, or of some more.
constexpr std::uint64_t least_part_file_bytes = 128 << 20;

/// Cuts the rows that workers have put together between mini-batches, into stretches of about equal length, one for
/// each part file: at most a thousand, and one at least. The same for the same rows, whoever makes the files.
std::vector<ByteRange> split_into_part_files(const AssemblyLayout& layout, const AssemblyLayout::Stretches& rows,
                                             std::uint64_t least_bytes = least_part_file_bytes);

std::string part_file_path(const std::string& folder, std::size_t index);
/// Which of them has this name; none: none has.
std::optional<std::size_t> index_of_part_file(std::string_view name);

/// The folder while the start that holds this lease has its files made, beside its final name.
std::string part_files_building_path(const std::string& final_path, const std::string& lease);
/// Whether the last piece of a path is such a name; then the lease's number.
std::optional<std::uint64_t> lease_of_part_files(std::string_view name, const std::string& final_path);

}  // namespace prs
