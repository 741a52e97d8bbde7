#include "app/report_verb.hpp"

#include <filesystem>
#include <vector>

#include "app/preparation.hpp"
#include "app/run_look.hpp"
#include "app/slices_look.hpp"
#include "model/run_folder.hpp"
#include "output/run_folder_contents.hpp"
#include "report/page_file.hpp"
#include "report/run_figures.hpp"
#include "report/run_page.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

namespace fs = std::filesystem;

bool is_held(const RunFolder& folder) {
  LeaseLook lease(folder.lease());
  const LeaseLook::Life life = clear_sight(lease).life;
  return life == LeaseLook::Life::alive || life == LeaseLook::Life::stopped;
}

RunFolder run_folder_of(const CommandLine& line) {
  RunFolder folder = run_folder_at(line.folder);
  std::error_code error;
  if (!fs::is_directory(folder.path, error))
    throw UserError("there is no folder " + folder.path + "; the run folder is `output` in the configuration");
  if (!fs::exists(folder.job_result(), error) && !fs::exists(folder.hidden(), error))
    throw UserError(folder.path +
                    " is not a run folder: it has neither logs/job_result.txt nor .prs; the run folder is "
                    "`output` in the configuration");
  if (has_slices_alone(folder))
    throw UserError(folder.path +
                    " holds slices that no join has put together yet, so the whole run has no page: each slice has its "
                    "own, " +
                    folder.slices() + "/K-of-N/report.html; prs_mpi status " + folder.path +
                    " says how they stand, and prs_mpi join CONFIG --slices N puts them together");
  return folder;
}

std::string folder_of_page(const std::string& page) {
  const std::string folder = fs::path(page).parent_path().string();
  return folder.empty() ? "." : folder;
}

std::string kind_of(const std::string& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) return "a folder";
  return fs::exists(path, error) ? "no regular file" : "a link that leads nowhere";
}

/// What is there and is no page stays as it is, whoever it is of.
void require_place(const std::string& page) {
  std::error_code error;
  switch (place_of_page(page)) {
    case PagePlace::page:
      return;
    case PagePlace::free:
      if (const std::string folder = folder_of_page(page); !fs::is_directory(folder, error))
        throw UserError(page + ": there is no folder " + folder + " for the page; make it, or give --to another FILE");
      return;
    case PagePlace::other:
      throw UserError(page +
                      " is there already and is no page of prs_mpi, so it stays as it is: give --to FILE to make the "
                      "page elsewhere");
    case PagePlace::odd:
      throw UserError(page + " is " + kind_of(page) + ", so it stays as it is: give --to the name of a new file");
  }
}

void write(const std::string& page, const std::string& text) {
  require_place(page);  // to make the text may have taken long
  try {
    write_page(page, text);
  } catch (const InfrastructureError&) {
    const std::string folder = folder_of_page(page), why = why_not_writable(folder);
    if (why.empty()) throw;
    throw InfrastructureError("you may not write in " + folder + ", where " + page + " would be (" + why +
                              "): --to FILE makes the page elsewhere");
  }
}

void read(RunFigures& figures) {
  figures.is_running = is_held(figures.folder());
  // What a join has put together (rule 7.7) has its tries in the folders of the slices, and in its own table.
  const bool is_joined = !figures.is_running && fs::exists(figures.folder().slices());
  const std::vector<std::string> files = is_joined ? std::vector<std::string>() : tries_paths_of(figures.folder());
  figures.read(files);
  figures.read_table(files.empty());
}

}  // namespace

ExitStatus report_on(const CommandLine& line) {
  const RunFolder folder = run_folder_of(line);
  const std::string page = line.page.empty() ? folder.report_page() : line.page;
  if (!line.is_text) require_place(page);
  RunFigures figures(folder);
  read(figures);
  if (line.is_text) {
    print(run_summary(figures));
  } else {
    write(page, run_page(figures, 0));
    print(page + "\n");
  }
  return ExitStatus::completed;
}

}  // namespace prs
