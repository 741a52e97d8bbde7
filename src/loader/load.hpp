#pragma once

#include <functional>
#include <string>
#include <variant>

#include "dataset/quote_scan.hpp"
#include "loader/table_memory.hpp"
#include "model/mini_batch_items.hpp"
#include "model/outcome.hpp"
#include "model/table_options.hpp"
#include "script/loader_wire.hpp"
#include "support/unique_fd.hpp"

namespace prs {

/// What a load gave: the answer `loaded`, and the sealed memory that goes with it.
struct Load {
  LoadedSize size;
  UniqueFd memory;
};

/// Reads the records of a mini-batch, which gather in `memory`. The Failure is of the user's files, or of memory that
/// is short.
std::variant<Load, Failure> load_table(const TableItems& items, const TableOptions& options, TableMemory& memory);

/// Looks into an HDF5 file, and reads no row of it. The Failure is of that file.
std::variant<DescribedTable, Failure> describe_table(const std::string& path, const TableOptions& options);

/// Counts the quotes of the pieces, one after the other. `pulse` is called now and then.
ScannedPieces scan_table(const QuoteScanOrder& order, const TableOptions& options, const std::function<void()>& pulse);

}  // namespace prs
