#pragma once

#include <string>

namespace prs {

/// Now, in UTC, as strftime() writes it by `format`; at most 63 bytes.
std::string utc_now_text(const char* format = "%Y-%m-%dT%H:%M:%SZ");

}  // namespace prs
