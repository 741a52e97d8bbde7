#pragma once

#include <string>
#include <vector>

#include "dataset/left_out.hpp"
#include "support/errors.hpp"

namespace prs {

/// Where one path of an input leads.
struct InputPath {
  enum class Kind { file, folder, pattern };
  Kind kind = Kind::file;
  std::string path;                ///< of a pattern: the folder below which it is looked for
  std::vector<std::string> parts;  ///< of a pattern: what follows that folder
  std::string literal_surprise;    ///< a part with * or ? that exists by that very name, and so is no pattern
};

/// No '.', '..', doubled or last '/'; symbolic links stay.
std::string normal_path(const std::string& path);

/// Tells files, folders and patterns of one input apart. A part that exists by its very name is no pattern, so that
/// `a[1].txt`, or a folder `run[2]` on the way to a pattern, mean themselves.
/// Keeps the folder of the last path open: lists of many files in few folders cost one system call a file.
class InputPathReader {
 public:
  InputPathReader(const std::string& input, const LeftOutFolder& run_folder) : input_(input), run_folder_(run_folder) {}
  /// Throws UserError that names the missing part of the path, or why it is no input.
  InputPath read(const std::string& path);

 private:
  InputPath read_last_part(const std::string& path, const std::string& name);
  InputPath pattern_from(const std::string& path, std::size_t base_end);
  void refuse_run_folder(const std::string& path, const FolderChain& chain) const;
  [[noreturn]] void refuse_missing(const std::string& path, std::size_t existing_end, int error) const;
  const FolderChain& chain_of(const std::string& folder);

  const std::string& input_;
  const LeftOutFolder& run_folder_;
  std::string folder_;
  FolderChain chain_;
};

/// "input 'NAME': TEXT".
UserError input_error(const std::string& input, const std::string& text);
/// The folder stands there and can't be listed.
UserError unreadable_error(const std::string& input, const std::string& path, int error);

}  // namespace prs
