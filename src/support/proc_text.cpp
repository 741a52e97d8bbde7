#include "support/proc_text.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "support/unique_fd.hpp"

namespace prs {
namespace {

constexpr std::size_t piece_bytes = 4096;
constexpr std::string_view blanks = " \t\n";

template <typename Number>
std::optional<Number> number_of(std::string_view word) {
  Number number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc{} || end != word.data() + word.size()) return std::nullopt;
  return number;
}

}  // namespace

std::optional<std::string> proc_text(const std::string& path, std::size_t most_bytes) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return std::nullopt;
  std::string text;
  std::size_t used = 0;
  while (used < most_bytes) {
    text.resize(used + piece_bytes);
    const ssize_t got = ::read(file.get(), text.data() + used, piece_bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;  // ESRCH: the process ended after the open
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
  }
  text.resize(used);
  return text;
}

std::vector<pid_t> numbered_entries(const std::string& folder) {
  std::vector<pid_t> numbers;
  DIR* const entries = ::opendir(folder.c_str());
  if (entries == nullptr) return numbers;
  while (const dirent* entry = ::readdir(entries))
    if (const std::optional<pid_t> number = number_of<pid_t>(entry->d_name)) numbers.push_back(*number);
  ::closedir(entries);
  return numbers;
}

std::string_view next_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

std::string_view next_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  const std::string_view word = text.substr(0, text.find_first_of(blanks));
  text.remove_prefix(word.size());
  return word;
}

std::optional<std::uint64_t> next_number(std::string_view& text) {
  return number_of<std::uint64_t>(next_word(text));
}

std::optional<std::uint64_t> named_number(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    std::string_view line = next_line(text);
    if (!line.starts_with(name)) continue;
    line.remove_prefix(name.size());
    return next_number(line);
  }
  return std::nullopt;
}

}  // namespace prs
