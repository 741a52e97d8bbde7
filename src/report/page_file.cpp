#include "report/page_file.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>

#include "model/run_folder.hpp"
#include "support/posix_io.hpp"
#include "support/random_id.hpp"

namespace prs {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view maker = "<meta name=\"generator\" content=\"prs_mpi\">";
constexpr std::size_t beginning_bytes = 1024;  // the maker is named in these

/// A writer needs less than a second; one of this age is gone.
constexpr std::chrono::hours oldest_writer{1};

bool names_maker(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string beginning(beginning_bytes, '\0');
  file.read(beginning.data(), static_cast<std::streamsize>(beginning.size()));
  beginning.resize(static_cast<std::size_t>(file.gcount()));
  return beginning.find(maker) != std::string::npos;
}

/// Their age goes by the clock that gave `page` its time, the file server's.
void remove_leftovers(const fs::path& folder, const fs::path& page) {
  std::error_code error;
  const fs::file_time_type now = fs::last_write_time(page, error);
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (!is_page_being_written(entry->path().filename().string())) continue;
    std::error_code gone;
    const fs::file_time_type begun = fs::last_write_time(entry->path(), gone);
    if (!gone && begun + oldest_writer < now) fs::remove(entry->path(), gone);
  }
}

}  // namespace

PagePlace place_of_page(const std::string& path) {
  std::error_code error;
  if (!fs::exists(fs::symlink_status(path, error))) return PagePlace::free;
  if (!fs::is_regular_file(path, error)) return PagePlace::odd;
  return names_maker(path) ? PagePlace::page : PagePlace::other;
}

bool is_foreign_page(const std::string& path) {
  const PagePlace place = place_of_page(path);
  return place == PagePlace::other || place == PagePlace::odd;
}

void write_page(const std::string& path, std::string_view text) {
  std::error_code error;
  const fs::path page = fs::weakly_canonical(path, error);
  const fs::path target = error ? fs::path(path) : page;
  write_file_atomically(target.string(), text, page_being_written(target.parent_path().string(), random_id()));
  remove_leftovers(target.parent_path(), target);
}

}  // namespace prs
