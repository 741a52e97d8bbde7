#pragma once

#include <functional>
#include <optional>
#include <string>

#include "support/clock.hpp"

namespace prs {

/// What is waited for without a limit, as long as everybody gives signs of life, must not be waited for in silence: it
/// is said in the log, and later once on standard error.
class LongWait {
 public:
  static constexpr std::chrono::seconds until_log{5}, until_said{15};

  /// Called now and then. `what`: "process001 on node1 is still writing"; asked only where something has to be said.
  /// The line that is for standard error now, if any.
  std::optional<std::string> look(bool is_waiting, TimePoint now, const std::function<std::string()>& what);

 private:
  std::optional<TimePoint> since_;
  bool is_logged_ = false;
  bool is_said_ = false;
};

}  // namespace prs
