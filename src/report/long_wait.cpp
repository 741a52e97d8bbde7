#include "report/long_wait.hpp"

#include "support/humane.hpp"
#include "support/log.hpp"

namespace prs {

std::optional<std::string> LongWait::look(bool is_waiting, TimePoint now, const std::function<std::string()>& what) {
  if (!is_waiting) {
    *this = {};
    return std::nullopt;
  }
  if (!since_) since_ = now;
  const Duration waited = now - *since_;
  const auto text = [&] { return what() + ", for " + humane_duration(seconds_of(waited)); };
  if (!is_logged_ && waited >= until_log) {
    is_logged_ = true;
    log().warn("{}", text());
  }
  if (is_said_ || waited < until_said) return std::nullopt;
  is_said_ = true;
  return text() + "; a second signal ends the job at once";
}

}  // namespace prs
