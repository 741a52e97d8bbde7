#include "support/utc_text.hpp"

#include <chrono>
#include <ctime>

namespace prs {

std::int64_t unix_nanoseconds_now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
}

std::string utc_now_text(const char* format) {
  char text[64];
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  return {text, std::strftime(text, sizeof text, format, &utc)};
}

}  // namespace prs
