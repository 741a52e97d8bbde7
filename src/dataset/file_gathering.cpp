#include "dataset/file_gathering.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <unordered_set>

#include "dataset/input_path.hpp"
#include "model/path_list.hpp"

namespace prs {

/// A folder or pattern of the input, beside the path that the user gave.
struct FileGathering::Root {
  InputPath path;
  std::string given;
};

namespace {

std::string_view own_folder_of(const InputPath& path) {
  const std::string_view whole = path.path;
  if (path.kind != InputPath::Kind::file) return whole;
  return whole.substr(0, std::max<std::size_t>(whole.rfind('/'), 1));
}

void make_sorted_set(std::vector<std::string>& names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
}

}  // namespace

FileGathering::FileGathering(const InputPaths& input, const LeftOutFolder& run_folder, Pulse& pulse,
                             std::vector<std::string>& warnings)
    : input_(input), run_folder_(run_folder), pulse_(pulse), warnings_(warnings) {}

GatheredFiles FileGathering::gather() && {
  if (input_.paths.empty()) throw input_error(input_.name, "it has no path; give a file, a folder or a pattern");
  return input_.keeps_order && input_.paths.size() > 1 ? gather_in_order() : gather_sorted();
}

/// What an earlier path gave is not given again.
GatheredFiles FileGathering::gather_in_order() const {
  GrowingArray<char> all;
  GatheredFiles gathered;
  for (const std::string& path : input_.paths) {
    const InputPaths one{input_.name, {path}};
    const GatheredFiles found = FileGathering(one, run_folder_, pulse_, warnings_).gather();
    all.append(found.paths.data(), found.paths.size());
    gathered.own_folders.insert(gathered.own_folders.end(), found.own_folders.begin(), found.own_folders.end());
  }
  std::unordered_set<std::string_view> known;
  for (const std::string_view path : PathList({all.data(), all.size()}))
    if (known.insert(path).second) gathered.paths.append(path.data(), path.size() + 1);
  gathered.paths.shrink_to_fit();
  make_sorted_set(gathered.own_folders);
  return gathered;
}

GatheredFiles FileGathering::gather_sorted() {
  const std::vector<Root> roots = read_roots();
  append_single_files();
  for (const Root& root : roots) append_below(root);
  if (runs_.size() > 1) paths_ = merge_runs(std::move(paths_), runs_, pulse_);
  paths_.shrink_to_fit();
  make_sorted_set(own_folders_);
  return {std::move(paths_), std::move(own_folders_)};
}

/// Single files go to single_files_, the rest comes back in the order in which their files sort.
std::vector<FileGathering::Root> FileGathering::read_roots() {
  std::vector<Root> roots;
  InputPathReader reader(input_.name, run_folder_);
  for (const std::string& given : input_.paths) {
    pulse_.entry();
    InputPath path = reader.read(given);
    if (!path.literal_surprise.empty())
      warnings_.push_back("input '" + input_.name + "': '" + printable(path.literal_surprise) +
                          "' exists by that very name and is not read as a pattern");
    const std::string_view folder = own_folder_of(path);
    if (own_folders_.empty() || own_folders_.back() != folder) own_folders_.emplace_back(folder);
    if (path.kind == InputPath::Kind::file)
      single_files_.push(path.path, false);
    else
      roots.push_back({std::move(path), given});
  }
  std::stable_sort(roots.begin(), roots.end(),
                   [](const Root& a, const Root& b) { return a.path.path + "/" < b.path.path + "/"; });
  return roots;
}

void FileGathering::append_single_files() {
  single_files_.sort_from(0);
  for (std::size_t i = 0; i < single_files_.size(); ++i) {
    const char* const path = single_files_.name(i);
    paths_.append(path, std::strlen(path) + 1);
  }
  single_files_ = NameStack();
  close_run(0);
}

void FileGathering::append_below(const Root& root) {
  const std::size_t begin = paths_.size();
  TreeWalk walk(input_.name, run_folder_, pulse_, paths_);
  const std::uint64_t files = walk.walk(root.path.path, GlobPattern(root.path.parts));
  walk.left_out().add_warnings(input_.name, root.path.path, warnings_);
  if (files == 0) {
    const std::string base = "'" + printable(root.path.path) + "'";
    throw input_error(input_.name,
                      (root.path.parts.empty() ? "no file in the folder " + base
                                               : "nothing matches '" + printable(root.given) + "': the folder " + base +
                                                     " exists, but no file in it fits the pattern") +
                          walk.left_out().summary() + "; correct the 'path' of this input, or put its files there");
  }
  close_run(begin);
}

void FileGathering::close_run(std::size_t begin) {
  if (begin == paths_.size()) return;
  if (!runs_.empty()) {
    const char* last = paths_.data() + runs_.back().end - 1;
    while (last > paths_.data() + runs_.back().begin && last[-1] != '\0') --last;
    if (std::strcmp(last, paths_.data() + begin) < 0) {
      runs_.back().end = paths_.size();
      return;
    }
  }
  runs_.push_back({begin, paths_.size()});
}

}  // namespace prs
