#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dataset/folder_chain.hpp"

namespace prs {

/// The run folder, which is never input (rule 3.1): known by its path, and by what it is where it exists already.
class LeftOutFolder {
 public:
  explicit LeftOutFolder(const std::string& path);
  const std::string& path() const { return path_; }
  bool is(const FolderId& id) const { return id_ && *id_ == id; }
  /// The folder at `path`, with or without a '/' at its end.
  bool is_at(std::string_view path) const;
  /// It is `path` or above it, by name or by one of the folders of the chain.
  bool holds(const std::string& path, const FolderChain& chain) const;

 private:
  std::string path_;
  std::optional<FolderId> id_;
};

/// What was met below a path and is no item, for the warnings and for the message when nothing is left.
class LeftOut {
 public:
  enum class Reason { broken_link, special, loop, hidden, run_folder };
  void add(Reason reason, std::string_view folder, std::string_view name);
  /// One line for each kind of thing that people should know of; hidden entries and the run folder are meant to be left
  /// out.
  void add_warnings(const std::string& input, const std::string& root, std::vector<std::string>& warnings) const;
  /// " (left out: 3 hidden entries, 1 broken symbolic link)", or nothing.
  std::string summary() const;

 private:
  struct Kind {
    std::uint64_t count = 0;
    std::string first;
  };
  Kind kinds_[5];
};

/// For messages: control characters as \n or \x1b, so that a strange name stays one line.
std::string printable(std::string_view path);

}  // namespace prs
