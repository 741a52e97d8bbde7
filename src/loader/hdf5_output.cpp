#include "loader/hdf5_output.hpp"

#include <algorithm>
#include <vector>

#include "dataset/hdf5_output_file.hpp"
#include "loader/column_blocks.hpp"

namespace prs {
namespace {

constexpr std::uint64_t text_length_bytes = 4;

/// What must be known of all rows before the first one is written.
std::vector<Hdf5ColumnPlan> plan_columns(ColumnBlocks& blocks) {
  std::vector<Hdf5ColumnPlan> plans;
  for (const ColumnBlocks::Column& column : blocks.columns()) plans.push_back({column.name, column.type});
  while (blocks.next())
    for (std::size_t i = 0; i < plans.size(); ++i) {
      const ColumnBlocks::Part& part = blocks.parts()[i];
      plans[i].rows += blocks.rows();
      plans[i].longest_bytes = std::max(plans[i].longest_bytes, part.longest_bytes);
      if (plans[i].is_text()) plans[i].text_bytes += part.bytes - text_length_bytes * blocks.rows();
    }
  blocks.rewind();
  return plans;
}

}  // namespace

void make_hdf5_file(const std::string& rows_path, const std::string& path, const std::string& mark) {
  ColumnBlocks blocks(rows_path);
  Hdf5OutputFile file(path, mark, plan_columns(blocks));
  while (blocks.next())
    for (std::size_t i = 0; i < blocks.parts().size(); ++i) file.append(i, blocks.rows(), blocks.take());
  file.finish();
}

}  // namespace prs
