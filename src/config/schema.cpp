// The JSON Schema of a native configuration, made of the option table.
#include <nlohmann/json.hpp>

#include "config/inputs.hpp"
#include "config/option_table.hpp"

namespace prs {
namespace {

using Json = nlohmann::ordered_json;

const Json null = {{"type", "null"}};

/// A default as YAML is JSON where it is no text.
Json default_of(const std::string& yaml) {
  const Json value = Json::parse(yaml, nullptr, false);
  return value.is_discarded() ? Json(yaml) : value;
}

/// What editors show beside a key.
std::string description_of(const Option& option) {
  const Default& absent = option.if_absent;
  return option.sentence + " Allowed: " + option.allowed + "." +
         (absent.is_required ? "" : " Default: " + absent.text + ".") +
         (option.fits.empty() ? "" : " For the format " + format_words(option.fits) + ".");
}

/// Null says that the key is absent.
Json value_of(const Option& option) {
  Json schema = Json::parse(option.schema);
  Json or_null = {{"description", description_of(option)}};
  if (!option.if_absent.value.empty()) or_null["default"] = default_of(option.if_absent.value);
  or_null["anyOf"] = schema.size() == 1 && schema.contains("anyOf") ? schema["anyOf"] : Json::array({schema});
  or_null["anyOf"].push_back(null);
  return or_null;
}

Json is_given(const std::string& key) {
  return {{"required", Json::array({key})}, {"properties", {{key, {{"not", null}}}}}};
}

Json mapping_of(Section section) {
  Json properties = Json::object(), required = Json::array();
  for (const Option* option : options_of(section)) {
    properties[option->key] = value_of(*option);
    if (!option->alias.empty()) properties[option->alias] = value_of(*option);
    if (option->if_absent.is_required) required.push_back(option->key);
  }
  Json schema = {{"type", "object"}, {"properties", properties}, {"additionalProperties", false}};
  if (!required.empty()) schema["required"] = required;
  return schema;
}

/// A key that says nothing of a format is a mistake there.
void add_what_fits(Json& input) {
  Json rules = Json::array();
  for (const Option* option : options_of(Section::input)) {
    if (option->fits.empty()) continue;
    const Json fitting = {{"properties", {{"format", {{"enum", format_names(option->fits)}}}}}};
    Json rule = {{"if", is_given(option->key)}, {"then", fitting}};
    rule["then"]["required"] = Json::array({"format"});
    rules.push_back(rule);
  }
  input["allOf"] = rules;
}

/// What splits by keys has no size.
Json not_both() {
  return {{"not", {{"allOf", Json::array({is_given("partition_keys"), is_given("mini_batch_size")})}}}};
}

}  // namespace

std::string json_schema() {
  Json schema = {
      {"$schema", "https://json-schema.org/draft/2020-12/schema"},
      {"title", "prs_mpi configuration"},
      {"description",
       "A native configuration of prs_mpi. What --input and --output give on the command line may be left out "
       "of a file, though this schema asks for it."}};
  schema.update(mapping_of(Section::run));
  Json input = mapping_of(Section::input), parallel = mapping_of(Section::parallel_run_config);
  add_what_fits(input);
  parallel.update(not_both());
  schema["$defs"] = {{"input", input}, {"model", mapping_of(Section::model)}, {"parallel_run_config", parallel}};
  return schema.dump(1) + "\n";
}

}  // namespace prs
