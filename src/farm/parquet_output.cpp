#include "farm/parquet_output.hpp"

#include <fcntl.h>

#include <algorithm>
#include <filesystem>

#include "output/part_files.hpp"
#include "support/humane.hpp"
#include "support/log.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

namespace fs = std::filesystem;
using protocol::PartFileToMake;

/// Behind the row groups stands what is said of each column of each, and then the mark.
constexpr std::uint64_t longest_look_bytes = 16 << 20;
constexpr std::string_view file_end = "PAR1";

/// The file's last bytes.
std::string end_of(const std::string& path) {
  const UniqueFd fd = open_file(path, O_RDONLY);
  const std::uint64_t length = stamp_of(fd.get(), path).length_bytes;
  std::string bytes(static_cast<std::size_t>(std::min(length, longest_look_bytes)), '\0');
  bytes.resize(pread_some(fd.get(), bytes, length - bytes.size(), path));
  return bytes;
}

/// A file gets its name once it is whole and synced.
bool is_made(const std::string& path, const PartFileToMake& file) {
  const std::string bytes = end_of(path);
  return bytes.ends_with(file_end) && bytes.find(mark_of(file)) != std::string::npos;
}

bool is_plain_file(const std::string& path) {
  std::error_code error;
  return fs::symlink_status(path, error).type() == fs::file_type::regular;
}

std::vector<PartFileToMake> files_of(const ColumnOutput::Rows& rows) {
  std::vector<PartFileToMake> files;
  for (const ByteRange& range : split_into_part_files(rows.layout, rows.stretches))
    files.push_back({range.begin, range.end, files.size(), 0, rows.layout.identity()});
  for (PartFileToMake& file : files) file.count = files.size();
  return files;
}

}  // namespace

std::string mark_of(const PartFileToMake& file) {
  return mark_of_rows(file.layout) + "file-" + std::to_string(file.index) + "-of-" + std::to_string(file.count) + ";";
}

/// Those that are left to be made.
std::vector<PartFileToMake> ParquetOutput::begin(const Rows& rows) {
  std::vector<PartFileToMake> files = files_of(rows);
  std::vector<bool> are_made(files.size());
  folder_.begin([&](const std::string& path) {
    const auto index = index_of_part_file(fs::path(path).filename().string());
    if (!index || *index >= files.size() || !is_plain_file(path) || !is_made(path, files[*index])) return false;
    are_made[*index] = true;
    return true;
  });
  std::erase_if(files, [&](const PartFileToMake& file) { return are_made[file.index]; });
  return files;
}

std::optional<std::uint64_t> ParquetOutput::make(const Rows& rows) {
  std::vector<PartFileToMake> files;
  parts_.disk.aside("making the folder of part files", [&] {
    parts_.lease.expect_held();
    files = begin(rows);
  });
  log().info("of the output {} left to be made", counted(files.size(), "part file is", "part files are"));
  parts_.master.make_part_files(
      [&](std::size_t index, std::size_t step) {
        return step == 0 ? protocol::plain_bytes(files[index]) : std::string();
      },
      files.size());
  if (parts_.master.ending()) return std::nullopt;
  std::uint64_t bytes = 0;
  parts_.disk.aside("looking at the part files",
                    [&] { bytes = stamp_with_files(folder_.building_path()).value().length_bytes; });
  return bytes;
}

bool is_parquet_output_of(const std::string& path, std::uint64_t layout) {
  std::error_code error;
  PartFileToMake file{0, 0, 0, 0, layout};
  for (fs::directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with('.')) continue;
    if (!index_of_part_file(name) || !is_plain_file(entry->path().string())) return false;
    ++file.count;
  }
  if (error == std::errc::not_a_directory) return false;
  if (error) throw system_error("cannot list", path, error.value());
  for (; file.index < file.count; ++file.index)
    if (const std::string part = part_file_path(path, file.index); !is_plain_file(part) || !is_made(part, file))
      return false;
  return file.count > 0;
}

}  // namespace prs
