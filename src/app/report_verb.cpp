#include "app/report_verb.hpp"

#include <cstdio>
#include <filesystem>
#include <vector>

#include "app/run_look.hpp"
#include "model/run_folder.hpp"
#include "output/run_folder_contents.hpp"
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
  return folder;
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
  RunFigures figures(folder);
  read(figures);
  if (line.is_text) {
    const std::string text = run_summary(figures);
    std::fwrite(text.data(), 1, text.size(), stdout);
    return ExitStatus::completed;
  }
  const std::string page = line.page.empty() ? folder.report_page() : line.page;
  if (line.page.empty() && is_foreign_page(page))
    throw UserError(page + " is a file of your own, and no page of prs_mpi: give --to FILE to make the page elsewhere");
  write_file_atomically(page, run_page(figures, 0));
  std::printf("%s\n", page.c_str());
  return ExitStatus::completed;
}

}  // namespace prs
