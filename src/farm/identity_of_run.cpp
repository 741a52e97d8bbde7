#include "farm/identity_of_run.hpp"

#include "farm/table_schema.hpp"
#include "support/humane.hpp"

namespace prs {
namespace {

/// "state, store; inputs: {state}/{store}/*.csv", for people. Nothing where paths have no keys.
std::string partition_text(const RunConfig& config) {
  std::string text;
  for (const std::string& key : config.parallel.partition_keys) text += (text.empty() ? "" : ", ") + key;
  for (const InputConfig& input : config.inputs)
    if (!input.partition_format.empty())
      text += (text.empty() ? "" : "; ") + input.name + ": " + input.partition_format;
  return text;
}

}  // namespace

RunIdentity identity_of(const RunConfig& config, const Plan& plan, const Slicing& slicing) {
  RunIdentity identity;
  identity.name = config.name;
  identity.plan_fingerprint = plan.fingerprint();
  std::string inputs;
  std::vector<std::string> input_words;
  for (const InputConfig& input : config.inputs) {
    inputs += (inputs.empty() ? "" : "; ") + input.name + ": " + spaced(input.paths);
    input_words.insert(input_words.end(), {input.name, std::to_string(input.paths.size())});
    input_words.insert(input_words.end(), input.paths.begin(), input.paths.end());
  }
  identity.words = {{"inputs", input_words}, {"arguments", config.arguments}};
  identity.settled = {
      {"inputs", inputs},
      {"arguments", spaced(config.arguments)},
      {"mini_batches", std::to_string(plan.mini_batch_count())},
      {"output_action", name_of(config.parallel.output_action)},
      {"append_row_file_name", config.parallel.append_row_file_name},
  };
  if (config.parallel.partition_keys.empty())
    identity.settled["mini_batch_size"] = std::to_string(config.parallel.mini_batch_size.value().value);
  if (std::string keys = partition_text(config); !keys.empty()) identity.settled["partition_keys"] = std::move(keys);
  if (std::string tables = table_options_text(config); !tables.empty()) identity.settled["tables"] = std::move(tables);
  if (slicing.is_slice()) identity.settled["slice"] = slicing.text();
  if (slicing.is_join()) identity.settled["slices"] = std::to_string(slicing.count);
  return identity;
}

}  // namespace prs
