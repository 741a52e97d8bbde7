#include "support/log.hpp"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/null_sink.h>

#include <chrono>
#include <filesystem>

#include "support/errors.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {
std::shared_ptr<spdlog::logger>& current() {
  static auto logger = std::make_shared<spdlog::logger>("prs", std::make_shared<spdlog::sinks::null_sink_st>());
  return logger;
}
}  // namespace

spdlog::logger& log() {
  return *current();
}

void open_log(const std::string& path, const std::string& level) {
  make_folders(std::filesystem::path(path).parent_path().string());
  std::shared_ptr<spdlog::logger> logger;
  try {
    logger = std::make_shared<spdlog::logger>("prs", std::make_shared<spdlog::sinks::basic_file_sink_st>(path));
  } catch (const spdlog::spdlog_ex& error) {
    throw InfrastructureError(error.what());
  }
  // A line that cannot be written is lost; what matters is written by others, who say what stopped them.
  logger->set_error_handler([](const std::string&) {});
  logger->set_pattern("%Y-%m-%d %H:%M:%S.%e %l %v");
  logger->set_level(level == "DEBUG" ? spdlog::level::debug
                                     : (level == "WARNING" ? spdlog::level::warn : spdlog::level::info));
  logger->flush_on(spdlog::level::info);
  current() = std::move(logger);
}

}  // namespace prs
