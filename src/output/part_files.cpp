#include "output/part_files.hpp"

#include <algorithm>
#include <charconv>

#include "model/run_folder.hpp"
#include "support/errors.hpp"

namespace prs {
namespace {

constexpr std::uint64_t most_part_files = 1000;
constexpr std::size_t name_digits = 5;
constexpr std::string_view name_begin = "part-", name_end = ".parquet", lease_end = "-columns";

std::string name_of(std::size_t index) {
  const std::string digits = std::to_string(index);
  const std::string zeros(name_digits - std::min(digits.size(), name_digits), '0');
  return std::string(name_begin) + zeros + digits + std::string(name_end);
}

/// The first place from there on where a mini-batch's rows begin, or end.
std::uint64_t cut_behind(std::uint64_t offset_bytes, const AssemblyLayout& layout,
                         const AssemblyLayout::Stretches& rows) {
  const AssemblyShare there = layout.share({offset_bytes, offset_bytes + 1}, 1, rows);
  PRS_INVARIANT(there.pieces.size() == 1);
  const Piece& piece = there.pieces.front();
  return piece.final_offset_bytes == offset_bytes ? offset_bytes
                                                  : piece.final_offset_bytes + piece.stretch.length_bytes;
}

}  // namespace

std::vector<ByteRange> split_into_part_files(const AssemblyLayout& layout, const AssemblyLayout::Stretches& rows,
                                             std::uint64_t least_bytes) {
  const std::uint64_t begin = layout.header_bytes(), bytes = layout.total_bytes() - begin;
  const std::uint64_t count = std::clamp<std::uint64_t>(bytes / least_bytes, 1, most_part_files);
  std::vector<ByteRange> files{{begin, layout.total_bytes()}};
  for (std::uint64_t i = 1; i < count; ++i) {
    const std::uint64_t cut = cut_behind(begin + bytes / count * i, layout, rows);
    if (cut <= files.back().begin || cut >= layout.total_bytes()) continue;  // one mini-batch has more than a file
    files.back().end = cut;
    files.push_back({cut, layout.total_bytes()});
  }
  return files;
}

std::string part_file_path(const std::string& folder, std::size_t index) {
  return folder + "/" + name_of(index);
}

std::optional<std::size_t> index_of_part_file(std::string_view name) {
  if (!name.starts_with(name_begin) || !name.ends_with(name_end)) return std::nullopt;
  std::size_t index = 0;
  std::from_chars(name.data() + name_begin.size(), name.data() + name.size() - name_end.size(), index);
  return name == name_of(index) ? std::optional(index) : std::nullopt;
}

std::string part_files_building_path(const std::string& final_path, const std::string& lease) {
  return building_path(final_path, lease + std::string(lease_end));
}

std::optional<std::uint64_t> lease_of_part_files(std::string_view name, const std::string& final_path) {
  const auto lease = lease_of_building(name, final_path);
  if (!lease || !lease->ends_with(lease_end)) return std::nullopt;
  const std::uint64_t number = number_of_lease_name(*lease);
  return number > 0 ? std::optional(number) : std::nullopt;
}

}  // namespace prs
