#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "model/outcome.hpp"

namespace prs {

// A worker's own file of its tries: a head, then a line for each try, as append_try_row() writes it, with when the try
// ended behind it. Its last line may be torn. One of an older program has no head, or no such ends. Written by the
// worker, read by rank 0.

/// Who wrote the file.
struct TriesFileHead {
  std::string node, process;
};
std::string text_of(const TriesFileHead& head);

/// Reads a file in blocks and hands on whole lines, many at a time, with the last line break; `offset_bytes` is where
/// they begin in the file. What is no line (nothing ends it in a megabyte), and a torn last one, is left out. A missing
/// file has none. Begins at `from_bytes`; returns where to go on once the file has grown. Throws InfrastructureError.
std::uint64_t read_whole_lines(const std::string& path,
                               const std::function<void(std::string_view lines, std::uint64_t offset_bytes)>& on_lines,
                               std::uint64_t from_bytes = 0);

/// Takes the head off the file's first lines; none where there is none.
std::optional<TriesFileHead> take_head(std::string_view& first_lines);

/// One line of a file. The texts lie in the line.
struct TryLine {
  Outcome outcome;  ///< mini-batch, dequeue count, status, items, succeeded
  std::string_view process, process_started;
  std::uint64_t elapsed_microseconds = 0, process_microseconds = 0, run_microseconds = 0;
  bool is_measured = false;                  ///< else the three are 0, as who measured them is gone
  std::string_view texts;                    ///< category, message and detail, as CSV
  std::int64_t ended_unix_microseconds = 0;  ///< 0: not told
};
/// Takes the first line off; nothing where it is not one of ours. Fast: it is done for every try of a run.
std::optional<TryLine> take_try_line(std::string_view& lines);

/// The lines without the ends of their tries: as processed_mini-batches.csv has them (rule 9.2).
std::string without_ends(std::string_view lines);

}  // namespace prs
