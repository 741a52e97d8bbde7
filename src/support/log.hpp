#pragma once

#include <spdlog/logger.h>

#include <memory>
#include <string>

#include "support/io_thread.hpp"

namespace prs {

/// The program's only global state: where this rank logs. While there is no OpenLog it drops everything. The main
/// thread's only.
spdlog::logger& log();

/// While it stands, log() goes to a file (made with its folders, appended to) through the rank's I/O thread, which must
/// outlive it: a slow disk delays no caller, and a line that cannot be written is lost, and counted in the next one.
/// Where the rank crashes or aborts itself, its last lines are written first. One at a time.
class OpenLog {
 public:
  /// `level`: "WARNING", "INFO", "DEBUG".
  OpenLog(IoThread& io, const std::string& path, const std::string& level);
  ~OpenLog();
  OpenLog(const OpenLog&) = delete;
  OpenLog& operator=(const OpenLog&) = delete;
};

}  // namespace prs
