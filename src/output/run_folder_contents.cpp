#include "output/run_folder_contents.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "support/posix_io.hpp"

namespace prs {
namespace {

namespace fs = std::filesystem;

/// The numbers in the names of a folder's files; none where there is no such folder.
template <typename NumberOf>
std::vector<std::uint32_t> numbers_in(const std::string& folder, NumberOf number_of) {
  std::vector<std::uint32_t> numbers;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    if (const auto number = number_of(entry->path().filename().string())) numbers.push_back(*number);
  return numbers;
}

std::uint32_t next_after(const std::vector<std::uint32_t>& numbers) {
  return numbers.empty() ? 1 : *std::max_element(numbers.begin(), numbers.end()) + 1;
}

}  // namespace

std::uint32_t next_start(const RunFolder& folder) {
  return next_after(numbers_in(folder.ledgers(), RunFolder::number_of_ledger));
}

std::uint32_t next_part(const RunFolder& folder) {
  return std::max(next_after(numbers_in(folder.parts(), RunFolder::number_of_part)),
                  next_after(numbers_in(folder.all_tries(), RunFolder::number_of_tries)));
}

std::vector<TriesFile> tries_files_of(const RunFolder& folder) {
  std::vector<std::uint32_t> numbers = numbers_in(folder.all_tries(), RunFolder::number_of_tries);
  std::sort(numbers.begin(), numbers.end());
  std::vector<TriesFile> files;
  files.reserve(numbers.size());
  for (const std::uint32_t number : numbers) files.push_back({number, folder.tries(number)});
  return files;
}

std::vector<std::string> tries_paths_of(const RunFolder& folder) {
  std::vector<std::string> paths;
  for (TriesFile& file : tries_files_of(folder)) paths.push_back(std::move(file.path));
  return paths;
}

void make_folders_of(const RunFolder& folder) {
  for (const std::string& name :
       {folder.ledgers(), folder.parts(), folder.all_tries(), folder.all_working(), folder.job_report()})
    make_folders(name);
}

/// The ledger goes first, since what is gone must not be believed in, and last what tells that it is a run's folder:
/// who was interrupted here deletes the rest.
void delete_earlier_run(const RunFolder& folder, const std::string& output_file) {
  std::vector<std::string> paths = {folder.ledgers()};
  for (const std::string_view name : RunFolder::own_names)
    if (std::string path = folder.path + "/" + std::string(name); path != folder.hidden()) paths.push_back(path);
  paths.push_back(output_file);
  for (const auto& entry : fs::directory_iterator(folder.hidden()))
    if (entry.path() != folder.lease() && entry.path() != folder.identity()) paths.push_back(entry.path().string());
  paths.push_back(folder.identity());
  for (const std::string& path : paths) remove_tree(path);
}

}  // namespace prs
