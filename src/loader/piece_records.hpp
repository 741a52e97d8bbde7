#pragma once

#include <cstdint>

#include "loader/table_memory.hpp"
#include "model/mini_batch_items.hpp"
#include "model/table_options.hpp"

namespace prs {

/// Appends the records that begin in these pieces, in UTF-8, each with its line end and without a header record;
/// returns how many there are. Throws std::runtime_error with a message for people.
std::uint32_t append_records(const TableItems& items, const TableOptions& options, TableMemory& memory);

}  // namespace prs
