#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "dataset/plan.hpp"
#include "model/mini_batch.hpp"

namespace prs {

/// What `try --items` names: files of the input by their path or by their name alone. For try_one().
class ChosenFiles {
 public:
  explicit ChosenFiles(const std::vector<std::string>& words);

  /// One task of them all, in the input's order, at the place of the first. Throws UserError where a word is no file of
  /// the plan, and where no mini-batch could hold them all: one never mixes inputs or partitions (rules 3.1, 3.6).
  Task task_of(const Plan& plan);

 private:
  struct Word {
    std::string text, absolute;
    bool is_name;  ///< no folder: the last piece of a path may be meant
    bool is_found = false;
  };

  bool is_chosen(std::string_view path);
  void refuse_missing() const;

  std::vector<Word> words_;
  std::vector<std::string> names_;  ///< of others, for a hint
};

}  // namespace prs
