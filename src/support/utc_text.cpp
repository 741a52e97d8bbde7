#include "support/utc_text.hpp"

#include <ctime>

namespace prs {

std::string utc_now_text(const char* format) {
  char text[64];
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  return {text, std::strftime(text, sizeof text, format, &utc)};
}

}  // namespace prs
