#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

/// The constants of a row part. The page is src/output/FORMAT.md, the writer part_writer.cpp, the reader
/// part_reader.cpp: the four change together, and with them `version`.
namespace prs::part_format {

inline constexpr std::string_view magic = "PRSROWS\n";
inline constexpr std::uint32_t version = 1;

/// Magic, version u32, part number u32; the first try's rows follow at once.
inline constexpr std::size_t version_at = 8;
inline constexpr std::size_t part_at = 12;
inline constexpr std::size_t header_bytes = 16;

}  // namespace prs::part_format
