#include "config/value_schemas.hpp"

#include <nlohmann/json.hpp>

#include "model/run_folder.hpp"

namespace prs {
namespace {

using Json = nlohmann::ordered_json;

const Json scalar = Json::array({"string", "number", "boolean"});

/// A pattern of ECMA's, which has no switch for it, that takes `word` in any case.
std::string any_case(const std::string& word) {
  std::string pattern;
  for (const char c : word) {
    const char lower = static_cast<char>(c | 0x20);
    const bool is_letter = lower >= 'a' && lower <= 'z';
    pattern += is_letter ? std::string("[") + lower + static_cast<char>(lower & ~0x20) + "]" : std::string(1, c);
  }
  return pattern;
}

Json pattern_of(const std::vector<std::string>& words) {
  std::string pattern;
  for (const std::string& word : words) pattern += (pattern.empty() ? "" : "|") + any_case(word);
  return {{"type", "string"}, {"pattern", "^(" + pattern + ")$"}};
}

Json any_of(std::initializer_list<Json> schemas) {
  return {{"anyOf", Json::array_t(schemas)}};
}

Json reference(const std::string& definition) {
  return {{"$ref", "#/$defs/" + definition}};
}

Json choices_of(const std::vector<std::string>& choices) {
  return any_of({{{"enum", choices}}, pattern_of(choices)});
}

const Json text = {{"type", scalar}};
const Json name = {{"type", scalar}, {"minLength", 1}};

std::string one_or_several(const Json& one) {
  return any_of({one, {{"type", "array"}, {"items", one}, {"minItems", 1}}}).dump();
}

}  // namespace

std::string integer_schema(std::int64_t least) {
  // The reader does not ask whether a number stands in quotes.
  return any_of({{{"type", "integer"}, {"minimum", least}, {"maximum", largest_integer}},
                 {{"type", "string"}, {"pattern", "^[-+]?(0|[1-9][0-9]*)$"}}})
      .dump();
}

std::string number_schema(const NumberRange& range) {
  return any_of({{{"type", "number"},
                  {range.is_least_allowed ? "minimum" : "exclusiveMinimum", range.least},
                  {"maximum", range.most}},
                 {{"type", "string"}, {"pattern", "^[-+]?[0-9.]+([eE][-+]?[0-9]+)?$"}}})
      .dump();
}

std::string boolean_schema() {
  return any_of({{{"type", "boolean"}}, pattern_of({"yes", "no", "on", "off"})}).dump();
}

std::string text_schema() {
  return text.dump();
}

std::string name_schema() {
  return name.dump();
}

std::string choice_schema(const std::vector<std::string>& choices) {
  return choices_of(choices).dump();
}

std::string choice_or_boolean_schema(const std::vector<std::string>& choices) {
  return any_of({choices_of(choices), {{"type", "boolean"}}}).dump();
}

std::string list_schema() {
  return Json{{"type", "array"}, {"items", text}}.dump();
}

std::string names_schema() {
  return one_or_several(name);
}

std::string texts_schema() {
  return one_or_several(text);
}

std::string mapping_schema() {
  Json value = text;
  value["type"].push_back("null");
  return Json{{"type", "object"}, {"additionalProperties", value}}.dump();
}

std::string named_schema(const std::string& definition) {
  Json values = definition.empty() ? name : any_of({name, reference(definition)});
  values = any_of({values, {{"type", "null"}}});
  return Json{{"type", "object"}, {"propertyNames", {{"minLength", 1}}}, {"additionalProperties", values}}.dump();
}

std::string text_or_schema(const std::string& definition) {
  return any_of({reference(definition), name}).dump();
}

std::string list_of_schema(const std::string& definition) {
  return Json{{"type", "array"}, {"items", reference(definition)}, {"minItems", 1}}.dump();
}

std::string mini_batch_size_schema() {
  return any_of({{{"type", "integer"}, {"minimum", 1}, {"maximum", largest_integer}},
                 {{"type", "string"}, {"pattern", "^[1-9][0-9]* *([kKmMgGtT]?[bB])? *$"}}})
      .dump();
}

std::string partition_keys_schema() {
  return any_of({{{"type", "array"}, {"items", name}, {"minItems", 1}, {"uniqueItems", true}},
                 {{"type", "string"}, {"pattern", "^\\s*\\["}}})
      .dump();
}

std::string row_file_name_schema() {
  const Json taken = {{"enum", RunFolder::own_names}};
  return Json{{"type", scalar},
              {"minLength", 1},
              {"maxLength", 200},
              {"pattern", R"(^[^~"#%&*:<>?/\\{}|\u0000-\u001f\u007f]*$)"},
              {"not", any_of({taken, {{"type", "string"}, {"pattern", "\\.\\."}}, {{"const", "."}}})}}
      .dump();
}

std::string environment_schema() {
  return Json{{"type", Json::array({"string", "number", "boolean", "object"})}}.dump();
}

}  // namespace prs
