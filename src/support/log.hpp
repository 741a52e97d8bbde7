#pragma once

#include <spdlog/logger.h>

#include <memory>
#include <string>

namespace prs {

/// The program's only global state: where this rank logs. Until open_log() it drops everything.
spdlog::logger& log();

/// Logs to a file from now on (made with its folders, appended to), at `level` ("WARNING", "INFO", "DEBUG").
void open_log(const std::string& path, const std::string& level);

}  // namespace prs
