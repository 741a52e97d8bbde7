#include "farm/hdf5_rows.hpp"

#include "model/path_list.hpp"
#include "support/errors.hpp"

namespace prs {

std::variant<DescribedTable, std::string> Hdf5Question::describe(std::uint32_t input, const std::string& path) {
  constexpr int most_deaths = 2;
  const TableItems file{input, {{path, 0, 0, 0, PieceUnit::loaded_rows}}};
  for (int deaths = 0;;) {
    if (!loader_) loader_ = std::make_unique<AskedLoader>(settings_, while_waiting_);
    std::variant<DescribedTable, Failure> answer = loader_->describe(file);
    if (auto* const table = std::get_if<DescribedTable>(&answer)) return std::move(*table);
    const std::string& problem = std::get<Failure>(answer).message;
    if (!loader_->is_lost()) return problem;
    const bool is_of_no_file = loader_->is_lost_at_start(), is_too_slow = loader_->is_too_slow();
    loader_.reset();
    if (!is_too_slow && ++deaths < most_deaths) continue;
    if (is_of_no_file) throw InfrastructureError("the rows of the inputs could not be counted: " + problem);
    return problem + "; the file may be damaged" +
           (is_too_slow ? ", or the disk too slow for task_overhead_timeout" : ": h5dump shows what is readable");
  }
}

void count_hdf5_rows(Hdf5Question& question, std::uint32_t input, std::string_view paths,
                     const std::function<void(const CountedRows&)>& on_file) {
  for (const std::string_view path : PathList(paths)) {
    const std::variant<DescribedTable, std::string> answer = question.describe(input, std::string(path));
    if (const auto* const problem = std::get_if<std::string>(&answer)) {
      on_file({0, 0, 0, *problem});
      continue;
    }
    const auto& table = std::get<DescribedTable>(answer);
    on_file({table.rows, table.bytes_per_row, table.chunk_rows});
  }
}

}  // namespace prs
