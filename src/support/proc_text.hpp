#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace prs {

// What /proc and /sys say (proc(5)). What can't be read is absent and no error:
// processes end between two reads, containers and hidepid hide files.

/// The whole file, at most `most_bytes` of it.
std::optional<std::string> proc_text(const std::string& path, std::size_t most_bytes = 1 << 20);
/// The entries of a folder that are named by a number: /proc, /proc/<pid>/task. Empty where there is no such folder.
std::vector<pid_t> numbered_entries(const std::string& folder);

/// Takes the next line off `text`, without its line break.
std::string_view next_line(std::string_view& text);
/// Takes the next word off `text`; empty at its end.
std::string_view next_word(std::string_view& text);
/// Takes the next word off `text`; absent where it is no number.
std::optional<std::uint64_t> next_number(std::string_view& text);
/// The number in the line that begins with `name` ("MemTotal:", "pgpgin ").
std::optional<std::uint64_t> named_number(std::string_view text, std::string_view name);

}  // namespace prs
