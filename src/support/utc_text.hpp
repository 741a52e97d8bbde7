#pragma once

#include <cstdint>
#include <string>

namespace prs {

/// Now, in nanoseconds since 1970.
std::int64_t unix_nanoseconds_now();
/// Now, in UTC, as strftime() writes it by `format`; at most 63 bytes.
std::string utc_now_text(const char* format = "%Y-%m-%dT%H:%M:%SZ");

}  // namespace prs
