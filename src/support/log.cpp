#include "support/log.hpp"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/null_sink.h>

#include <chrono>
#include <filesystem>

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
  auto logger = std::make_shared<spdlog::logger>("prs", std::make_shared<spdlog::sinks::basic_file_sink_st>(path));
  logger->set_pattern("%Y-%m-%d %H:%M:%S.%e %l %v");
  logger->set_level(level == "DEBUG" ? spdlog::level::debug
                                     : (level == "WARNING" ? spdlog::level::warn : spdlog::level::info));
  logger->flush_on(spdlog::level::info);
  current() = std::move(logger);
}

}  // namespace prs
