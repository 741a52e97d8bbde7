#include "farm/page_refresh.hpp"

#include <algorithm>
#include <exception>
#include <vector>

#include "output/run_folder_contents.hpp"
#include "support/errors.hpp"
#include "support/log.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

void read(RunFigures& figures) {
  std::vector<std::string> files;
  for (const TriesFile& file : tries_files_of(figures.folder())) files.push_back(file.path);
  figures.read(files);
}

}  // namespace

PageRefresh::PageRefresh(RunFolder folder, TimePoint now)
    : folder_(std::move(folder)), figures_(folder_), next_(now + shortest / 2) {
  figures_.is_running = true;
}

PageRefresh::~PageRefresh() = default;

void PageRefresh::update(TimePoint now) {
  if (now < next_ || (work_ && !work_->is_over())) return;
  interval_ = std::min(longest, 2 * interval_);
  next_ = now + interval_;
  work_ = std::make_unique<SideWork>([this] { make(); });
}

/// In a thread of its own.
void PageRefresh::make() {
  try {
    read(figures_);
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(interval_).count();
    write_file_atomically(folder_.report_page(), run_page(figures_, static_cast<int>(seconds)));
  } catch (const std::exception& error) {
    if (!std::exchange(has_failed_, true)) log().warn("report.html is not made anew: {}", error.what());
  }
}

void PageRefresh::finish() {
  work_.reset();
  figures_.is_running = false;
  read(figures_);
  figures_.read_table(false);
  write_file_atomically(folder_.report_page(), run_page(figures_, 0));
}

}  // namespace prs
