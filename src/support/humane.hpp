#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace prs {

// Numbers and lists as people read them. Plain ASCII, independent of the locale.

/// "mpirun -n 3": words with a blank between them, as they are.
std::string spaced(const std::vector<std::string>& words);
/// "9999", "12 345", "1 234 567".
std::string grouped(std::uint64_t number);
/// "1 try", "12 tries".
std::string counted(std::uint64_t number, std::string_view one, std::string_view many);
/// With that many digits behind the point, rounded: "2.3".
std::string fixed_decimals(double number, int decimals);
/// "12 345/s", "3.4/s", "24/min", "2/h".
std::string humane_rate(double per_second);
/// "512 B", "3.4 KiB", "120 GiB".
std::string humane_bytes(std::uint64_t bytes);
/// "0.3 s", "42 s", "3 min 20 s", "2 h 5 min", "3 d 4 h".
std::string humane_duration(double seconds);
/// Part of a whole in percent, rounded down, so that "100 %" means all: "68.6 %".
std::string humane_percent(std::uint64_t part, std::uint64_t whole);
/// "2026-03-01T12:00:00Z", with milliseconds "2026-03-01T12:00:00.125Z" (ISO 8601).
std::string utc_time(std::int64_t unix_nanoseconds, bool with_milliseconds);

}  // namespace prs
