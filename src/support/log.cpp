#include "support/log.hpp"

#include <signal.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/null_sink.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "support/log_echo.hpp"

namespace prs {
namespace {

std::shared_ptr<spdlog::logger>& current() {
  static auto logger = std::make_shared<spdlog::logger>("prs", std::make_shared<spdlog::sinks::null_sink_st>());
  return logger;
}

std::function<void(const std::string&)>& echo() {
  static std::function<void(const std::string&)> hear;
  return hear;
}

class LogThroughThread : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  LogThroughThread(IoThread& io, const std::string& path) : io_(io), file_(io.open_log(path)) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    if (echo()) echo()(std::string(line.data(), line.size()));
    std::string text;
    if (const IoThread::Lost lost = io_.lost(file_); lost.lines != told_lost_) {
      // The last line that was written may have been cut short.
      text = "\n(lines of this log that were lost so far: " + std::to_string(lost.lines) + "; " + lost.why + ")\n";
      told_lost_ = lost.lines;
    }
    text.append(line.data(), line.size());
    io_.append_line(file_, std::move(text));
  }
  void flush_() override {}

  IoThread& io_;
  IoThread::FileId file_;
  std::uint64_t told_lost_ = 0;
};

// ---- a crash: the last lines are what tells why

constexpr std::array crashes = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
constexpr long longest_wait_ms = 2000;  ///< a disk that hangs must not keep a broken rank alive

std::array<struct sigaction, crashes.size()> before;
const IoThread* volatile crash_io = nullptr;
volatile pid_t main_thread = 0;

/// Waits for the I/O thread, and leaves the rest to whoever handled the signal before, MPI's stack trace for one.
void on_crash(int number, siginfo_t* info, void*) {
  constexpr timespec nap{0, 1'000'000};
  const IoThread* const io = crash_io;
  for (long waited = 0; io != nullptr && ::gettid() == main_thread && !io->are_logs_written(); ++waited) {
    if (waited == longest_wait_ms) break;
    ::nanosleep(&nap, nullptr);
  }
  for (std::size_t i = 0; i < crashes.size(); ++i)
    if (crashes[i] == number) ::sigaction(number, &before[i], nullptr);
  // What the processor raised is raised once more by itself, when the instruction is tried again.
  if (info->si_code <= 0) ::raise(number);
}

void write_last_lines_of(const IoThread& io) {
  crash_io = &io;
  main_thread = ::gettid();
  struct sigaction action {};
  action.sa_sigaction = on_crash;
  action.sa_flags = SA_SIGINFO;
  for (std::size_t i = 0; i < crashes.size(); ++i) ::sigaction(crashes[i], &action, &before[i]);
}

}  // namespace

spdlog::logger& log() {
  return *current();
}

LogEcho::LogEcho(std::function<void(const std::string&)> hear) {
  echo() = std::move(hear);
}

LogEcho::~LogEcho() {
  echo() = nullptr;
}

OpenLog::OpenLog(IoThread& io, const std::string& path, const std::string& level) {
  auto logger = std::make_shared<spdlog::logger>("prs", std::make_shared<LogThroughThread>(io, path));
  logger->set_error_handler([](const std::string&) {});
  logger->set_pattern("%Y-%m-%d %H:%M:%S.%e %l %v");
  logger->set_level(level == "DEBUG" ? spdlog::level::debug
                                     : (level == "WARNING" ? spdlog::level::warn : spdlog::level::info));
  current() = std::move(logger);
  write_last_lines_of(io);
}

OpenLog::~OpenLog() {
  for (std::size_t i = 0; i < crashes.size(); ++i) ::sigaction(crashes[i], &before[i], nullptr);
  crash_io = nullptr;
  current() = std::make_shared<spdlog::logger>("prs", std::make_shared<spdlog::sinks::null_sink_st>());
}

}  // namespace prs
