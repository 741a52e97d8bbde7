#include "app/chosen_files.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "support/errors.hpp"
#include "support/nearest_name.hpp"

namespace prs {
namespace {

constexpr std::size_t most_names = 10'000;

std::string last_piece(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));
}

/// "NY, 12", of values that each end in a NUL.
std::string listed(std::string_view key_values) {
  std::string text(key_values.substr(0, key_values.find_last_not_of('\0') + 1));
  for (std::size_t at = 0; (at = text.find('\0', at)) != std::string::npos;) text.replace(at, 1, ", ");
  return text;
}

/// The files that go into one task.
class Gathering {
 public:
  explicit Gathering(const Plan& plan) : plan_(plan) {}

  void add(MiniBatchIndex mini_batch, std::string_view path) {
    if (count_++ == 0) {
      task_.mini_batch = mini_batch;
      task_.key_values = plan_.key_values_of(mini_batch);
      first_ = path;
    } else if (mini_batch != last_) {
      refuse_others(mini_batch, path);
    }
    last_ = mini_batch;
    paths_.append(path).push_back('\0');
  }
  Task take() {
    task_.items = FileItems(std::move(paths_), count_);
    return std::move(task_);
  }

 private:
  void refuse_others(MiniBatchIndex mini_batch, std::string_view path) const {
    const std::string both = "--items: " + first_ + " and " + std::string(path) + " do not go together: ";
    const std::string &own = plan_.input_name_of(task_.mini_batch), &other = plan_.input_name_of(mini_batch);
    if (own != other)
      throw UserError(both + "they are of the inputs '" + own + "' and '" + other +
                      "', and a mini-batch has files of one input; name files of one, by their paths where both have "
                      "such a name, or give --mini-batch K");
    if (const std::string values = plan_.key_values_of(mini_batch); values != task_.key_values)
      throw UserError(both + "their partition keys are " + listed(task_.key_values) + " and " + listed(values) +
                      ", and a mini-batch has files of one partition; name files of one, by their paths where both "
                      "have such a name, or give --mini-batch K");
  }

  const Plan& plan_;
  Task task_{{}, 1, {}, {}};
  MiniBatchIndex last_{};  ///< of the last one that was added
  std::string first_, paths_;
  std::uint32_t count_ = 0;
};

}  // namespace

ChosenFiles::ChosenFiles(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    std::error_code error;
    const auto absolute = std::filesystem::absolute(word, error).lexically_normal().string();
    words_.push_back({word, error ? word : absolute, word.find('/') == word.npos});
  }
}

Task ChosenFiles::task_of(const Plan& plan) {
  Gathering gathering(plan);
  for (std::uint64_t i = 0; i < plan.mini_batch_count(); ++i) {
    const MiniBatchItems items = plan.items_of({i});
    const auto* files = std::get_if<FileItems>(&items);
    if (!files) throw UserError("--items chooses files, and this input is a table: choose rows by --mini-batch");
    for (const std::string_view path : files->paths())
      if (is_chosen(path)) gathering.add({i}, path);
  }
  refuse_missing();
  return gathering.take();
}

bool ChosenFiles::is_chosen(std::string_view path) {
  bool is_one = false;
  for (Word& word : words_) {
    const bool is_it = path == word.absolute || (word.is_name && last_piece(path) == word.text);
    word.is_found = word.is_found || is_it;
    is_one = is_one || is_it;
  }
  if (!is_one && names_.size() < most_names) names_.push_back(last_piece(path));
  return is_one;
}

void ChosenFiles::refuse_missing() const {
  std::vector<const Word*> missing;
  for (const Word& word : words_)
    if (!word.is_found) missing.push_back(&word);
  if (missing.empty()) return;
  std::string text, hints;
  for (const Word* word : missing) {
    text += (text.empty() ? "" : ", ") + word->text;
    if (const auto nearest = nearest_name(last_piece(word->text), names_))
      hints += (hints.empty() ? "did you mean '" : "', '") + *nearest;
  }
  throw UserError("--items " + text + ": the input has no such " + (missing.size() == 1 ? "file" : "files") + "; " +
                  (hints.empty() ? "prs_mpi check shows what it has" : hints + "'?"));
}

}  // namespace prs
