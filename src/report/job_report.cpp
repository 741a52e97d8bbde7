#include "report/job_report.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "support/errors.hpp"
#include "support/humane.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

std::string beside(const std::string& path) {
  return path + ".part";
}

/// When the last row of a file was written, which is within a second of its try's end.
std::string last_row_time(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return utc_time(std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec, true);
}

}  // namespace

JobReport::JobReport(std::string path) : path_(std::move(path)) {
  if (const std::string folder = std::filesystem::path(path_).parent_path().string(); !folder.empty())
    make_folders(folder);
  file_ = open_anew(beside(path_));
  write_all(file_.get(), try_row_header(), path_);
}

std::optional<TriesFileHead> JobReport::add_file(const std::string& path, bool is_of_this_start) {
  std::optional<TriesFileHead> head;
  current_ = {};
  current_.is_of_this_start = is_of_this_start;
  const std::uint64_t rows_before = rows_;
  read_whole_lines(path, [&](std::string_view lines, std::uint64_t offset_bytes) {
    if (offset_bytes == 0) head = take_head(lines);
    if (offset_bytes == 0 && head) {
      current_.has_head = true;
      current_.sums = &summaries_.of(head->node, head->process);
    }
    write_all(file_.get(), without_ends(lines), path_);
    add_lines(lines);
  });
  if (rows_ > rows_before) current_.sums->end_rows(last_row_time(path));
  return head;
}

void JobReport::add_lines(std::string_view lines) {
  Current& current = current_;
  while (!lines.empty()) {
    const std::optional<TryLine> line = take_try_line(lines);
    if (!line) continue;
    ++rows_;
    // Each row of a file without a head says which process it is of, but not where that was.
    if (!current.has_head && (current.sums == nullptr || line->process != current.process)) {
      current.process = line->process;
      current.sums = &summaries_.of("", current.process);
    }
    if (line->process_started != current.process_started) {
      current.process_started = line->process_started;
      current.sums->start_process(line->process_started);
    }
    current.sums->add(*line);
    if (current.is_of_this_start) figures_.add(*line);
  }
}

void JobReport::add_row(const TryRow& row, const std::string& node) {
  std::string text;
  append_try_row(text, row);
  write_all(file_.get(), text, path_);
  TryLine line;
  line.outcome = row.outcome;
  summaries_.of(node, row.process).add(line);
  ++rows_;
}

void JobReport::finish() {
  sync_file(file_.get(), path_);
  if (::rename(beside(path_).c_str(), path_.c_str()) != 0) throw system_error("cannot rename", path_, errno);
  sync_folder(std::filesystem::path(path_).parent_path().string());
}

}  // namespace prs
