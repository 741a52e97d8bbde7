#include "report/status_file.hpp"

#include <cstdio>
#include <mutex>
#include <utility>

#include "support/errors.hpp"
#include "support/posix_io.hpp"
#include "support/utc_text.hpp"

namespace prs {
struct StatusFile::File {
  std::mutex mutex;
  std::string path;
  bool is_finished = false;

  /// The last word stays, whichever thread comes later.
  void write(const std::string& text, bool is_last) {
    const std::lock_guard lock(mutex);
    if (std::exchange(is_finished, is_finished || is_last) && !is_last) return;
    const std::string beside = path + ".part";
    try {
      write_all(open_anew(beside).get(), text, beside);
      std::rename(beside.c_str(), path.c_str());
    } catch (const InfrastructureError&) {
      std::remove(beside.c_str());  // on a full disk it would keep what room there is
    }
  }
};

StatusFile::StatusFile(std::string path, RunStatus status)
    : file_(std::make_shared<File>()), status_(std::move(status)) {
  file_->path = std::move(path);
}

StatusFile::~StatusFile() {
  if (work_ && !work_->is_over()) work_->abandon();  // it has all that it uses to itself
}

void StatusFile::publish(const Progress& progress, const Pace& pace) {
  if (work_ && !work_->is_over()) return;
  RunStatus& status = status_;
  const bool is_begun =
      progress.tries > 0 || progress.running > 0 || progress.surveyed_bytes > 0 || progress.assembled.all > 0;
  status.state = is_begun ? RunStatus::State::running : RunStatus::State::starting;
  status.result.progress = progress;
  status.result.tally.succeeded_items = static_cast<std::int64_t>(progress.succeeded_items);
  status.result.tally.failed_items = static_cast<std::int64_t>(progress.failed_items);
  status.result.seconds = pace.elapsed_seconds;
  status.pace = pace;
  status.updated_unix_nanoseconds = unix_nanoseconds_now();
  work_ = std::make_unique<SideWork>([file = file_, text = json_of(status, 1)] { file->write(text, false); });
}

void StatusFile::finish(const RunResult& result) {
  RunStatus status = status_;
  status.state = RunStatus::State::ended;
  status.result = result;
  status.pace.is_last = true;
  status.pace.seconds_left.reset();
  status.updated_unix_nanoseconds = unix_nanoseconds_now();
  file_->write(json_of(status, 1), true);
}

}  // namespace prs
