#pragma once

#include <string>
#include <vector>

#include "dataset/input_paths.hpp"
#include "dataset/path_merge.hpp"

namespace prs {

struct GatheredFiles {
  GrowingArray<char> paths;  ///< each followed by a NUL
  std::vector<std::string>
      own_folders;  ///< those that the input named, by themselves, in a pattern or of a file; sorted
};

/// All files of one input, each once: sorted (rule 3.1), or, for an input that keeps the order of its paths, sorted within
/// what each path gives (rule 3.2). For the plans.
class FileGathering {
 public:
  FileGathering(const InputPaths& input, const LeftOutFolder& run_folder, Pulse& pulse,
                std::vector<std::string>& warnings);
  /// Throws UserError where a path of the input leads to no file.
  GatheredFiles gather() &&;

 private:
  struct Root;
  GatheredFiles gather_sorted();
  GatheredFiles gather_in_order() const;
  std::vector<Root> read_roots();
  void append_single_files();
  void append_below(const Root& root);
  /// What was appended from `begin` on joins the last run, or begins a new one where it is not all behind it.
  void close_run(std::size_t begin);

  const InputPaths& input_;
  const LeftOutFolder& run_folder_;
  Pulse& pulse_;
  std::vector<std::string>& warnings_;
  NameStack single_files_;
  std::vector<std::string> own_folders_;
  GrowingArray<char> paths_;
  std::vector<SortedRun> runs_;
};

}  // namespace prs
