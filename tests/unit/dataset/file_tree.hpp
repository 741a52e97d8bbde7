#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "dataset/file_plan.hpp"
#include "support/errors.hpp"
#include "support/posix_io.hpp"
#include "support/temporary_folder.hpp"

namespace prs::test {

/// A folder under the system's temporary one, removed at the end, with short ways to fill it. Its path has no symbolic
/// link in it.
class FileTree {
 public:
  FileTree() { ::chmod(root().c_str(), 0755); }

  const std::string& root() const { return folder_.path(); }
  std::string path(const std::string& relative) const { return folder_.file(relative); }
  /// Makes an empty file, and the folders above it.
  void file(const std::string& relative) const {
    folder(std::filesystem::path(relative).parent_path());
    open_file(path(relative), O_WRONLY | O_CREAT);
  }
  void files(const std::vector<std::string>& relatives) const {
    for (const std::string& relative : relatives) file(relative);
  }
  void folder(const std::string& relative) const { std::filesystem::create_directories(path(relative)); }
  void link(const std::string& target, const std::string& relative) const {
    std::filesystem::create_symlink(target, path(relative));
  }
  std::vector<std::string> paths(const std::vector<std::string>& relatives) const {
    std::vector<std::string> result;
    for (const std::string& relative : relatives) result.push_back(path(relative));
    return result;
  }

 private:
  const TemporaryFolder folder_{std::filesystem::canonical(std::filesystem::temp_directory_path())};
};

inline std::vector<std::string> paths_in(const MiniBatchItems& items) {
  std::vector<std::string> paths;
  for_each_item(items, [&](std::string_view path) { paths.emplace_back(path); });
  EXPECT_EQ(paths.size(), item_count(items));
  return paths;
}

/// All paths of a plan, in the order of its mini-batches.
inline std::vector<std::string> all_paths(const FilePlan& plan) {
  std::vector<std::string> paths;
  for (std::uint64_t i = 0; i < plan.mini_batch_count(); ++i)
    for (std::string& path : paths_in(plan.items_of({i}))) paths.push_back(std::move(path));
  EXPECT_EQ(paths.size(), plan.item_count());
  return paths;
}

/// The plan of one input called "numbers".
inline FilePlan plan_of(const std::vector<std::string>& paths, const FilePlan::Options& options = {}) {
  return FilePlan::make({{"numbers", paths}}, options);
}

/// What UserError says; empty when nothing was thrown.
inline std::string user_error_of(const std::vector<std::string>& paths, const FilePlan::Options& options = {}) {
  try {
    plan_of(paths, options);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

}  // namespace prs::test
