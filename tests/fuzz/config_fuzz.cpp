// The reader of configurations, native, v1 and v2: does what `prs_mpi check` does up to the plan, and takes what cannot
// be run yet. An input is the file's text; its comments may give the command line's part, a line each:
// `#--set key=value`, `#--input NAME=PATH`, `#--output FOLDER`, `#--step NAME`, `#-- ARGUMENT`.
#include <filesystem>

#include "config/settings.hpp"
#include "fuzz_folder.hpp"
#include "fuzz_target.hpp"

namespace prs::fuzz {
namespace {

/// The folder that all is written to, with what the examples name. Also the working folder.
const FuzzFolder& workplace() {
  static const FuzzFolder folder;
  static const bool is_filled = [] {
    namespace fs = std::filesystem;
    fs::copy(PRS_FUZZ_CONFIGS, folder.file(""), fs::copy_options::recursive);
    for (const char* name : {"data", "scripts", "models"}) fs::create_directory(folder.file(name));
    fs::create_directory(folder.file("table"));
    folder.write("component.yml",
                 "type: parallel\ninputs: {a: {type: uri_folder}, b: {type: string, optional: true}}\n"
                 "outputs: {o: {type: uri_file}}\ninput_data: ${{inputs.a}}\ntask: {code: scripts, entry_script: "
                 "digits.py, program_arguments: 'x $[[--b ${{inputs.b}}]]', append_row_to: '${{outputs.o}}'}\n");
    folder.write("table/MLTable", "paths: [{folder: x}]\ntransformations: [{read_parquet: {}}]\n");
    for (const char* name : {"scripts/digits.py", "digits.py", "data/labels.txt", "models/digits.json"})
      folder.write(name, "");
    fs::current_path(folder.file(""));
    return true;
  }();
  static_cast<void>(is_filled);
  return folder;
}

/// What follows `mark` in the lines that begin with it.
std::vector<std::string> lines_of(std::string_view text, std::string_view mark) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size() && lines.size() < 8;) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (text.substr(at).starts_with(mark)) lines.emplace_back(text.substr(at + mark.size(), end - at - mark.size()));
    at = end + 1;
  }
  return lines;
}

ConfigOverrides overrides_of(std::string_view text) {
  ConfigOverrides overrides;
  overrides.settings = lines_of(text, "#--set ");
  overrides.inputs = lines_of(text, "#--input ");
  overrides.arguments = lines_of(text, "#-- ");
  overrides.has_arguments = !overrides.arguments.empty();
  for (const std::string& folder : lines_of(text, "#--output ")) overrides.output = folder;
  for (const std::string& step : lines_of(text, "#--step ")) overrides.step = step;
  return overrides;
}

/// The value, or none after mistakes that are told.
template <typename Load>
auto loaded(Load load) -> std::optional<decltype(load())> {
  try {
    return load();
  } catch (const ConfigurationError& error) {
    require(!error.mistakes().empty(), "a configuration that is refused has a mistake");
    for (const ConfigurationMistake& mistake : error.mistakes())
      require(!mistake.file.empty() && !mistake.message.empty(), "a mistake says where and what");
    return std::nullopt;
  }
}

/// What is saved loads to an equal value (rule 2.8).
void check_saving(const ParallelRunConfig& config) {
  config.save_to_yaml("saved.yaml");
  std::vector<std::string> warnings;
  require(ParallelRunConfig::load_yaml("saved.yaml", warnings) == config, "what is saved loads to an equal value");
}

/// What `prs_mpi config` prints is the same run.
void check_text(RunConfig config) {
  workplace().write("shown.yaml", text_of(config));
  RunConfig again = read_run_config("shown.yaml");
  again.file = config.file;
  again.warnings = config.warnings;
  require(text_of(again) == text_of(config), "what is shown loads to the same run");
}

void check(std::string_view text) {
  workplace().write("c.yaml", text);
  if (const auto config = loaded([&] { return read_run_config("c.yaml", overrides_of(text)); })) {
    require(run_config_of(to_bytes(*config)) == *config, "every rank gets the same");
    check_text(*config);
    check_saving(as_given(config->parallel));
  }
  std::vector<std::string> warnings;
  if (const auto config = loaded([&] { return ParallelRunConfig::load_yaml("c.yaml", warnings); }))
    check_saving(*config);
}

}  // namespace
}  // namespace prs::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  prs::fuzz::check(prs::fuzz::text_of(data, size));
  return 0;
}
