#include "farm/page_refresh.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "output/run_folder_contents.hpp"
#include "report/page_file.hpp"
#include "report/run_figures.hpp"
#include "report/run_page.hpp"
#include "support/log.hpp"

namespace prs {

PageRefresh::PageRefresh(RunFolder folder, bool is_join, TimePoint now)
    : folder_(std::move(folder)),
      is_join_(is_join),
      is_foreign_(is_foreign_page(folder_.report_page())),
      figures_(std::make_unique<RunFigures>(folder_)),
      next_(now + shortest / 2) {
  figures_->is_running = true;
  if (is_foreign_)
    log().warn("{} is no page of prs_mpi, so it stays as it is; 'prs_mpi report {} --to FILE' makes the page elsewhere",
               folder_.report_page(), folder_.path);
}

PageRefresh::~PageRefresh() = default;

void PageRefresh::update(TimePoint now) {
  settle();
  if (now < next_ || work_ || is_foreign_) return;
  interval_ = std::min(longest, 2 * interval_);
  next_ = now + interval_;
  work_ = std::make_unique<SideWork>([this] { make(); });
}

/// The log is the main thread's, so what went wrong is said here.
void PageRefresh::settle() {
  if (!work_ || !work_->is_over()) return;
  try {
    work_->rethrow();
  } catch (const std::exception& error) {
    if (!std::exchange(has_failed_, true)) log().warn("report.html is not made anew: {}", error.what());
  }
  work_.reset();
}

/// In a thread of its own.
void PageRefresh::make() {
  figures_->read(tries_paths_of(folder_));
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(interval_).count();
  write(static_cast<int>(seconds));
}

/// What came there meanwhile stays, too.
void PageRefresh::write(int refresh_seconds) {
  const std::string text = run_page(*figures_, refresh_seconds);
  if (!is_foreign_page(folder_.report_page())) write_page(folder_.report_page(), text);
}

void PageRefresh::finish() {
  work_.reset();
  if (is_foreign_) return;
  if (is_join_) figures_ = std::make_unique<RunFigures>(folder_);
  figures_->is_running = false;
  figures_->read(is_join_ ? std::vector<std::string>() : tries_paths_of(folder_));
  figures_->read_table(is_join_);
  write(0);
}

}  // namespace prs
