#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "dataset/plan.hpp"
#include "model/table_options.hpp"

namespace prs {

/// What is read to settle the columns and types of a run's tables by (rule 3.3), each of one piece: the beginning of
/// the run and of each input, and stretches spread over the whole. Over mini-batches of several files, too, it is
/// spread. Of files that are not text these are whole files. Pure: reads no file.
std::vector<TableItems> stretches_of(const Plan& plan, const std::vector<TableOptions>& inputs);

/// Calls `on_file` with the input and the first piece of each file, in the order of the mini-batches, until it is
/// false. The plan is of tables.
void for_each_table_file(const Plan& plan, const std::function<bool(std::uint32_t input, const TablePiece&)>& on_file);

/// The first piece of the input's first file, which is of text; nothing where the input has no mini-batch.
std::optional<TablePiece> first_file_of(const Plan& plan, std::uint32_t input);

}  // namespace prs
