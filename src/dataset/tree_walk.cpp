#include "dataset/tree_walk.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "dataset/input_path.hpp"

namespace prs {
namespace {
constexpr std::size_t most_open_folders = 64;

bool is_gone(int error) {
  return error == ENOENT || error == ENOTDIR;
}
}  // namespace

std::uint64_t TreeWalk::walk(const std::string& folder, GlobPattern pattern) {
  FolderChain chain = open_chain(folder);
  if (chain.error != 0) throw unreadable_error(input_, folder, chain.error);
  UniqueFd first(open_folder_at(chain.fd.get(), "."));
  if (!first) throw unreadable_error(input_, folder, errno);
  chain.fd.reset();
  pattern_ = std::move(pattern);
  files_ = 0;
  left_out_ = {};
  ids_ = std::move(chain.ids);
  ids_.pop_back();  // enter() puts the folder's own back
  path_ = folder == "/" ? folder : folder + "/";
  enter(std::move(first), pattern_.start());
  while (!levels_.empty()) {
    Level& level = levels_.back();
    if (level.next_name == level.end_of_names) {
      leave();
      continue;
    }
    const char* const name = names_.name(level.next_name++);
    if (name[std::strlen(name) - 1] == '/')
      enter_entry(name);
    else
      emit(name);
  }
  return files_;
}

void TreeWalk::emit(const char* name) {
  paths_.append(path_.data(), path_.size());
  paths_.append(name, std::strlen(name) + 1);
  ++files_;
}

/// Reads the folder whose path stands in path_; false, with nothing changed, where it is none to read.
bool TreeWalk::enter(UniqueFd fd, GlobPattern::Places places) {
  struct stat status;
  if (::fstat(fd.get(), &status) != 0) throw unreadable_error(input_, path_, errno);
  const FolderId id = id_of(status);
  if (run_folder_.is(id) || run_folder_.is_at(path_)) {
    left_out_.add(LeftOut::Reason::run_folder, path_, "");
    return false;
  }
  if (std::find(ids_.begin(), ids_.end(), id) != ids_.end()) {
    left_out_.add(LeftOut::Reason::loop, path_.substr(0, path_.size() - 1), "");
    return false;
  }
  pulse_.folder();
  ids_.push_back(id);
  const std::size_t first_name = names_.size();
  levels_.push_back({std::move(fd), path_.size(), places, names_.mark(), first_name, first_name});
  list(levels_.back());
  // The first folder stays open: all that was closed can be found again from there.
  if (levels_.size() > most_open_folders + 1) levels_[levels_.size() - 1 - most_open_folders].fd.reset();
  return true;
}

void TreeWalk::enter_entry(const char* name) {
  const std::string part(name, std::strlen(name) - 1);
  const GlobPattern::Places places = pattern_.after(levels_.back().places, part.c_str());
  const std::size_t length_before = path_.size();
  UniqueFd fd(open_folder_at(reopened_fd(), part.c_str()));
  const int error = errno;
  path_ += part;
  path_ += '/';
  if (!fd && !is_gone(error)) throw unreadable_error(input_, path_, error);
  if (!fd || !enter(std::move(fd), places)) path_.resize(length_before);
}

void TreeWalk::leave() {
  names_.pop_to(levels_.back().names_before);
  levels_.pop_back();
  ids_.pop_back();
  path_.resize(levels_.empty() ? 0 : levels_.back().path_length);
}

int TreeWalk::reopened_fd() {
  std::size_t level = levels_.size() - 1;
  while (!levels_[level].fd) --level;
  int fd = levels_[level].fd.get();
  UniqueFd passing;
  while (++level < levels_.size()) {
    const std::size_t begin = levels_[level - 1].path_length;
    const std::string part = path_.substr(begin, levels_[level].path_length - 1 - begin);
    UniqueFd next(open_folder_at(fd, part.c_str()));
    struct stat status;
    if (!next || ::fstat(next.get(), &status) != 0)
      throw unreadable_error(input_, path_.substr(0, levels_[level].path_length), errno);
    if (!(id_of(status) == id_of_level(level)))
      throw input_error(input_, "'" + printable(path_.substr(0, levels_[level].path_length)) +
                                    "' was replaced while it was being listed; start again when the input is at rest");
    fd = next.get();
    const bool is_near = level + most_open_folders >= levels_.size();
    (is_near ? levels_[level].fd : passing) = std::move(next);
  }
  return fd;
}

void TreeWalk::list(Level& level) {
  if (const auto names = pattern_.only_names(level.places)) {
    for (const std::string& name : *names) consider(level, name.c_str(), DT_UNKNOWN);
  } else {
    const int error = for_each_entry(level.fd.get(), buffer_,
                                     [&](const char* name, unsigned char type) { consider(level, name, type); });
    if (error != 0) throw unreadable_error(input_, path_, error);
  }
  names_.sort_from(level.next_name);
  level.end_of_names = names_.size();
}

void TreeWalk::consider(const Level& level, const char* name, unsigned char type) {
  pulse_.entry();
  const GlobPattern::Places places = pattern_.after(level.places, name);
  if (places == 0) {
    if (name[0] == '.') left_out_.add(LeftOut::Reason::hidden, path_, name);
    return;
  }
  const bool is_taken = pattern_.is_whole(places);
  switch (kind_of(level.fd.get(), name, type)) {
    case EntryKind::file:
      if (is_taken) names_.push(name, false);
      return;
    case EntryKind::folder:
      names_.push(name, true);
      return;
    case EntryKind::broken_link:
      if (is_taken) left_out_.add(LeftOut::Reason::broken_link, path_, name);
      return;
    case EntryKind::special:
      if (is_taken) left_out_.add(LeftOut::Reason::special, path_, name);
      return;
    case EntryKind::unreadable:
      throw unreadable_error(input_, path_ + name, errno);
    case EntryKind::gone:
      return;
  }
}

}  // namespace prs
