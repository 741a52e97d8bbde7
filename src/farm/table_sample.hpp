#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dataset/plan.hpp"
#include "script/script_settings.hpp"

namespace prs {

/// Some records of one table file, for settling columns and types by (rule 3.3).
struct TableSample {
  std::uint32_t input = 0;  ///< of the run's inputs
  std::string path;         ///< the table file
  std::string records;      ///< of text: in UTF-8, each with its line end; of HDF5: DescribedTable::layout
  std::uint64_t begin = 0;  ///< where the first of them begins in the file
  std::string header;       ///< the file's header record; empty: it has none, or nobody needs it
};

/// Reads samples of the plan's tables: the beginning of the run and of each input, and stretches spread over the whole.
/// A loader process reads them, since no parser of the user's data runs in a rank (rule 1.2); `settings` says how it is
/// started. Of Parquet files it names some, from the first one on that can be read. Of HDF5 files that one's columns
/// tell all.
/// What cannot be read is left out. Throws UserError, naming a file, where that is all, or where loaders die.
/// With `header: from_first_file` the first file's header is among them, or a UserError says why it cannot be read;
/// with all_files_different_headers those of all files, each once, without records of their own.
std::vector<TableSample> sample_tables(const Plan& plan, const ScriptSettings& settings);

}  // namespace prs
