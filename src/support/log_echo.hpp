#pragma once

#include <functional>
#include <string>

namespace prs {

/// While it stands, each line that log() keeps is handed to somebody else, too, with its line break: for --verbose. The
/// main thread's only; one at a time.
class LogEcho {
 public:
  /// An empty function: nobody gets anything.
  explicit LogEcho(std::function<void(const std::string&)> hear);
  ~LogEcho();
  LogEcho(const LogEcho&) = delete;
  LogEcho& operator=(const LogEcho&) = delete;
};

}  // namespace prs
