#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/mini_batch_items.hpp"
#include "model/outcome.hpp"

namespace prs {

/// One line of processed_mini-batches.csv (rule 9.2).
struct TryRow {
  Outcome outcome;
  std::string process;                                ///< "process003"
  std::int64_t process_started_unix_nanoseconds = 0;  ///< 0: there was none; the field stays empty
  bool is_measured = true;                            ///< else the seconds stay empty: who measured them is gone
  double elapsed_seconds = 0, process_seconds = 0, run_seconds = 0;
  std::string error_category, error_message;
  std::string first_item, last_item;         ///< of the mini-batch, for the detail
  std::int64_t ended_unix_microseconds = 0;  ///< 0: not written; a worker's own file has it behind the other fields
};

/// Sets the row's first and last item.
void name_items(TryRow& row, const MiniBatchItems& items);

/// The first line, with its line break.
std::string_view try_row_header();

/// Appends the row with its line break; the worker's, for every try of a run: fast, and without an allocation of its
/// own for a try that succeeded. A row is one line, whatever the texts in it hold, so that a torn one can be told.
void append_try_row(std::string& csv, const TryRow& row);

/// Mini-batch Detail: {"first":"…","last":"…","items":n} as a quoted CSV field, at most 200 bytes of JSON; long items
/// lose their beginning. Always valid JSON and UTF-8.
void append_detail_field(std::string& csv, std::string_view first_item, std::string_view last_item,
                         std::uint32_t items);

}  // namespace prs
