#include "script/failure_text.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "support/errors.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

std::string signal_text(int number) {
  const char* name = ::sigabbrev_np(number);
  std::string text = name != nullptr ? std::string("SIG") + name : "signal " + std::to_string(number);
  if (number == SIGKILL) return text + " (out of memory?)";
  const char* meaning = ::sigdescr_np(number);
  return meaning != nullptr ? text + " (" + meaning + ")" : text;
}

}  // namespace

std::string death_text(int wait_status) {
  if (WIFSIGNALED(wait_status)) return "was killed by " + signal_text(WTERMSIG(wait_status));
  const int status = WEXITSTATUS(wait_status);
  std::string text = "exited with status " + std::to_string(status);
  // What a shell or a container's starter makes of a signal.
  if (status > 128 && status < 128 + NSIG) text += ", as after " + signal_text(status - 128);
  return text;
}

std::string seconds_text(Duration duration) {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%g s", seconds_of(duration));
  return text.data();
}

Failure start_failure(const KeeperReport& report, const ScriptSettings& settings) {
  const std::string reason = ": " + std::string(std::strerror(static_cast<int>(report.value)));
  std::string message;
  switch (report.stage) {
    case StartStage::working_folder:
      message = "cannot enter the script's working folder " + settings.files.working_folder + reason;
      break;
    case StartStage::standard_output:
      message = "cannot open " + settings.files.stdout_file + reason;
      break;
    case StartStage::standard_error:
      message = "cannot open " + settings.files.stderr_file + reason;
      break;
    case StartStage::command:
      message = "cannot start the interpreter " + settings.interpreter.command.front() + reason +
                "; see 'environment' in the configuration";
      break;
    default:
      message = "cannot start a process for the entry script" + reason;
      break;
  }
  return {"StartFailure", std::move(message), {}};
}

bool blames_a_disk(const Failure& failure) {
  for (const int number : {ENOSPC, EDQUOT, EROFS, EIO}) {
    const std::string python = "[Errno " + std::to_string(number) + "]";
    for (const std::string* text : {&failure.message, &failure.detail})
      if (text->find(python) != std::string::npos || text->find(std::strerror(number)) != std::string::npos)
        return true;
  }
  return false;
}

std::uint64_t file_size(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

std::string end_of_file(const std::string& path, std::uint64_t from_bytes, std::uint64_t most_bytes) {
  const std::uint64_t size = file_size(path);
  if (size <= from_bytes) return {};
  const std::uint64_t from = std::max(from_bytes, size - std::min(size, most_bytes));
  std::string text(static_cast<std::size_t>(size - from), '\0');
  try {
    const UniqueFd fd = open_file(path, O_RDONLY | O_NONBLOCK);
    text.resize(pread_some(fd.get(), text, from, path));
  } catch (const InfrastructureError&) {
    return {};  // it only adds to a message
  }
  return text;
}

}  // namespace prs
