#include "output/final_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>
#include <vector>

#include "model/run_folder.hpp"
#include "output/final_file.hpp"
#include "output/part_files.hpp"
#include "support/errors.hpp"
#include "support/new_name.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

namespace fs = std::filesystem;

std::string parent_of(const std::string& path) {
  return fs::absolute(path).parent_path().string();
}

/// With the number of its lease.
using Begun = std::pair<std::uint64_t, std::string>;

std::vector<fs::path> paths_in(const std::string& folder) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    paths.push_back(entry->path());
  if (error) throw system_error("cannot list", folder, error.value());
  return paths;
}

bool is_folder(const fs::path& path) {
  std::error_code error;
  return fs::symlink_status(path, error).type() == fs::file_type::directory;
}

/// Of the leases before this one.
std::vector<Begun> begun_folders(const std::string& final_path, const std::string& lease) {
  std::vector<Begun> begun;
  for (const fs::path& path : paths_in(parent_of(final_path))) {
    const auto number = lease_of_part_files(path.filename().string(), final_path);
    if (number && *number < number_of_lease_name(lease) && is_folder(path)) begun.emplace_back(*number, path.string());
  }
  return begun;
}

void rename_folder(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) throw system_error("cannot rename to", to, errno);
}

}  // namespace

FinalFolder::FinalFolder(std::string path, const std::string& lease)
    : path_(std::move(path)), lease_(lease), building_path_(part_files_building_path(path_, lease)) {}

void FinalFolder::remove_leftovers() const {
  for (const auto& [lease, path] : begun_folders(path_, lease_)) remove_tree(path);
}

/// The files of the latest lease are most likely good.
void FinalFolder::take_over() {
  const std::vector<Begun> begun = begun_folders(path_, lease_);
  if (begun.empty() || is_folder(building_path_)) return;
  rename_folder(std::max_element(begun.begin(), begun.end())->second, building_path_);
}

void FinalFolder::begin(const std::function<bool(const std::string& path)>& is_kept) {
  take_over();
  remove_leftovers();
  make_folders(building_path_);
  for (const fs::path& path : paths_in(building_path_))
    if (!is_kept(path.string())) remove_tree(path.string());
  sync_folder(parent_of(path_));
}

FileStamp FinalFolder::finish(const std::optional<FileStamp>& replaceable) {
  // A worker that was lost leaves half a file.
  for (const fs::path& path : paths_in(building_path_))
    if (path.filename().string().starts_with('.')) remove_tree(path.string());
  sync_folder(building_path_);
  // By link() no folder gets a name.
  if (!rename_to_free_name(building_path_, path_, NewNameBy::rename)) {
    const auto there = stamp_with_files(path_);
    if (there && !(replaceable && there->has_bytes_of(*replaceable))) throw foreign_output(path_);
    replace();
  }
  sync_folder(parent_of(path_));
  return expect_named(path_, stamp_with_files(path_));
}

/// Some file systems cannot let two folders exchange their names. On those there is none for a moment.
void FinalFolder::replace() const {
  const std::string replaced = part_files_building_path(path_, lease_ + "-replaced");
  if (::renameat2(AT_FDCWD, building_path_.c_str(), AT_FDCWD, path_.c_str(), RENAME_EXCHANGE) == 0)
    return remove_tree(building_path_);
  if (!is_unsupported(errno)) throw system_error("cannot rename to", path_, errno);
  rename_folder(path_, replaced);
  rename_folder(building_path_, path_);
  remove_tree(replaced);
}

}  // namespace prs
