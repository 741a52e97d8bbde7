#include "farm/worker_part_file.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "farm/column_output.hpp"
#include "farm/host_settings.hpp"
#include "farm/parquet_output.hpp"
#include "output/part_files.hpp"
#include "support/errors.hpp"

namespace prs {

void WorkerPartFile::begin(const protocol::PartFileToMake& file, const WorkerStart& start) {
  PRS_INVARIANT(!question_);
  const ScriptSettings settings = foreground_settings(start.config, start.settings.interpreter, start.folder);
  ProgramQuestion question{"prs_parquet_output.py",
                           {start.building_path, std::to_string(file.begin_bytes), std::to_string(file.end_bytes),
                            part_file_path(start.part_files_path, static_cast<std::size_t>(file.index)), mark_of(file)},
                           "the Parquet file could not be made",
                           TimePoint::max(),
                           "the output"};
  question_ = std::make_unique<AskedQuestion>(python_command(question, settings), std::move(question), settings);
}

void WorkerPartFile::cancel() {
  is_cancelled_ = is_cancelled_ || question_;
  question_.reset();
}

std::optional<protocol::Assembled> WorkerPartFile::poll(TimePoint now) {
  if (std::exchange(is_cancelled_, false)) return protocol::Assembled{false, {}};
  if (!question_) return std::nullopt;
  question_->poll(now);
  if (!question_->is_over()) return std::nullopt;
  const auto ended = std::exchange(question_, nullptr);
  try {
    ended->answer();
  } catch (const UserError& error) {
    throw columns_not_made(error);
  }
  return protocol::Assembled{true, {}};
}

void WorkerPartFile::add_poll_fds(std::vector<pollfd>& fds) const {
  if (question_) fds.push_back({question_->fd(), POLLIN, 0});
}

/// Once its status is known nothing tells when the last of its processes has gone.
TimePoint WorkerPartFile::next_deadline(TimePoint now) const {
  return question_ && question_->fd() < 0 ? now + std::chrono::milliseconds(1) : TimePoint::max();
}

}  // namespace prs
