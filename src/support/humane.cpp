#include "support/humane.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

namespace prs {
namespace {

/// Two digits or more: "07".
void append_padded(std::string& text, std::uint64_t number, std::size_t digits) {
  const std::string plain = std::to_string(number);
  if (plain.size() < digits) text.append(digits - plain.size(), '0');
  text += plain;
}

std::string two_units(std::uint64_t amount, std::uint64_t small_per_large, std::string_view large,
                      std::string_view small) {
  std::string text = std::to_string(amount / small_per_large);
  text.append(" ").append(large);
  if (amount % small_per_large != 0)
    text.append(" ").append(std::to_string(amount % small_per_large)).append(" ").append(small);
  return text;
}

}  // namespace

std::string spaced(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  if (number < 10000) return text;
  for (std::size_t place = text.size(); place > 3;) text.insert(place -= 3, 1, ' ');
  return text;
}

std::string counted(std::uint64_t number, std::string_view one, std::string_view many) {
  return grouped(number).append(" ").append(number == 1 ? one : many);
}

std::string fixed_decimals(double number, int decimals) {
  std::array<char, 400> digits;  // the largest double has 309 digits before the point
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), number, std::chars_format::fixed, decimals);
  return {digits.data(), end.ptr};
}

std::string humane_rate(double per_second) {
  if (!(per_second > 0)) return "0/s";
  if (per_second >= 1e15) return "1e15/s";
  if (per_second >= 9.95) return grouped(static_cast<std::uint64_t>(std::llround(per_second))) + "/s";
  if (per_second >= 0.95) return fixed_decimals(per_second, 1) + "/s";
  if (per_second * 60 >= 0.95) return fixed_decimals(per_second * 60, per_second * 60 < 9.95 ? 1 : 0) + "/min";
  return fixed_decimals(per_second * 3600, per_second * 3600 < 9.95 ? 1 : 0) + "/h";
}

std::string humane_bytes(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 6> units = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  auto number = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; number >= 1023.5 && unit + 1 < units.size(); ++unit) number /= 1024;
  return fixed_decimals(number, unit > 0 && number < 9.95 ? 1 : 0) + " " + std::string(units[unit]);
}

std::string humane_duration(double seconds) {
  if (std::isnan(seconds)) return "unknown";
  if (seconds > 3e9) return "over 90 years";
  if (seconds < 9.95) return fixed_decimals(seconds > 0 ? seconds : 0.0, 1) + " s";
  const auto whole = static_cast<std::uint64_t>(std::llround(seconds));
  if (whole < 60) return std::to_string(whole) + " s";
  if (whole < 3600) return two_units(whole, 60, "min", "s");
  const std::uint64_t minutes = (whole + 30) / 60;
  if (minutes / 60 < 24) return two_units(minutes, 60, "h", "min");
  return two_units((minutes + 30) / 60, 24, "d", "h");
}

std::string humane_percent(std::uint64_t part, std::uint64_t whole) {
  if (part >= whole) return "100 %";
  const double tenths = std::floor(1000.0 * static_cast<double>(part) / static_cast<double>(whole));
  return fixed_decimals(std::fmin(tenths, 999.0) / 10.0, 1) + " %";
}

std::string utc_time(std::int64_t unix_nanoseconds, bool with_milliseconds) {
  using namespace std::chrono;
  const sys_time<nanoseconds> time{nanoseconds(unix_nanoseconds)};
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{floor<milliseconds>(time - day)};
  std::string text;
  append_padded(text, static_cast<std::uint64_t>(static_cast<int>(date.year())), 4);  // 1677 … 2262
  append_padded(text += '-', static_cast<unsigned>(date.month()), 2);
  append_padded(text += '-', static_cast<unsigned>(date.day()), 2);
  append_padded(text += 'T', static_cast<std::uint64_t>(clock.hours().count()), 2);
  append_padded(text += ':', static_cast<std::uint64_t>(clock.minutes().count()), 2);
  append_padded(text += ':', static_cast<std::uint64_t>(clock.seconds().count()), 2);
  if (with_milliseconds) append_padded(text += '.', static_cast<std::uint64_t>(clock.subseconds().count()), 3);
  return text += 'Z';
}

}  // namespace prs
