// The reader of MLTable files: an input is the file's text. What is read is written, sent and read again.
#include <algorithm>
#include <filesystem>

#include "config/run_config.hpp"
#include "fuzz_folder.hpp"
#include "fuzz_target.hpp"

namespace prs::fuzz {
namespace {

constexpr const char* config_text =
    "inputs: [{name: a, path: MLTable, type: mltable}]\noutput: out\n"
    "parallel_run_config: {entry_script: script.py, error_threshold: 1, output_action: append_row}\n";

/// The folder that all is written to. Also the working folder.
const FuzzFolder& workplace() {
  static const FuzzFolder folder;
  static const bool is_filled = [] {
    folder.write("script.py", "");
    folder.write("c.yaml", config_text);
    std::filesystem::current_path(folder.file(""));
    return true;
  }();
  static_cast<void>(is_filled);
  return folder;
}

void check_table(const TableOptions& table) {
  require(table.format != TableFormat::hdf5, "no step reads HDF5");
  for (const std::string& column : table.dropped_columns)
    require(std::find(table.columns.begin(), table.columns.end(), column) == table.columns.end(),
            "a column that goes does not stay");
  require(table.columns.empty() || table.dropped_columns.empty(), "columns stay, or go");
}

void check(std::string_view text) {
  workplace().write("MLTable", text);
  try {
    const RunConfig config = read_run_config("c.yaml");
    const InputConfig& input = config.inputs.at(0);
    require(!input.paths.empty() && input.keeps_order_of_paths(), "an MLTable names paths, in their order");
    if (input.table) check_table(*input.table);
    require(run_config_of(to_bytes(config)) == config, "every rank gets the same");
    workplace().write("shown.yaml", text_of(config));
    require(read_run_config("shown.yaml").inputs == config.inputs, "what is shown loads to the same run");
  } catch (const ConfigurationError& error) {
    require(!error.mistakes().empty(), "a file that is refused has a mistake");
  }
}

}  // namespace
}  // namespace prs::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  prs::fuzz::check(prs::fuzz::text_of(data, size));
  return 0;
}
