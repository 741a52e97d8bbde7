#pragma once

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "dataset/folder_chain.hpp"
#include "dataset/glob_pattern.hpp"
#include "dataset/growing_array.hpp"
#include "dataset/left_out.hpp"
#include "dataset/name_stack.hpp"

namespace prs {

/// Calls back every few thousand entries and at every folder, so that planning can be watched and ended.
class Pulse {
 public:
  explicit Pulse(const std::function<void()>& callback) : callback_(callback) {}
  void folder() const {
    if (callback_) callback_();
  }
  void entry() {
    if (++entries_ % 2048 == 0) folder();
  }

 private:
  const std::function<void()>& callback_;
  std::uint64_t entries_ = 0;
};

/// Lists the files below a folder in the byte order of their paths, each path followed by a NUL (rule 3.1).
/// Works from open folders, never from whole paths: a tree may be deeper than PATH_MAX, and costs no more than 64
/// descriptors. Opens no file, and asks for no file's status where the listing tells its kind (rule 3.8).
class TreeWalk {
 public:
  TreeWalk(const std::string& input, const LeftOutFolder& run_folder, Pulse& pulse, GrowingArray<char>& paths)
      : input_(input), run_folder_(run_folder), pulse_(pulse), paths_(paths) {}

  /// Appends what `pattern` takes below `folder` (absolute, normal). Returns the number of files.
  /// Throws UserError for a folder that cannot be read.
  std::uint64_t walk(const std::string& folder, GlobPattern pattern);
  const LeftOut& left_out() const { return left_out_; }

 private:
  /// A folder between the first one and the one that is being read.
  struct Level {
    UniqueFd fd;  ///< closed while the walk is far below
    std::size_t path_length = 0;
    GlobPattern::Places places = 0;
    NameStack::Mark names_before{};
    std::size_t next_name = 0;
    std::size_t end_of_names = 0;
  };

  bool enter(UniqueFd fd, GlobPattern::Places places);
  void enter_entry(const char* name);
  void leave();
  void list(Level& level);
  void consider(const Level& level, const char* name, unsigned char type);
  void emit(const char* name);
  /// The folder of the last level, opened anew where it had to be closed.
  int reopened_fd();
  const FolderId& id_of_level(std::size_t level) const { return ids_[ids_.size() - levels_.size() + level]; }

  const std::string& input_;
  const LeftOutFolder& run_folder_;
  Pulse& pulse_;
  GrowingArray<char>& paths_;
  GlobPattern pattern_;
  LeftOut left_out_;
  NameStack names_;
  std::vector<Level> levels_;
  std::vector<FolderId> ids_;  ///< of all folders from "/" to the last level: what would make a loop
  std::string path_;           ///< of the last level, with a '/' at its end
  std::uint64_t files_ = 0;
  std::array<char, 128 << 10> buffer_;
};

}  // namespace prs
