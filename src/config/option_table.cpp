#include "config/option_table.hpp"

#include "config/option_groups.hpp"

namespace prs {

const std::vector<Option>& option_table() {
  static const std::vector<Option> table = [] {
    std::vector<Option> all;
    for (const auto& section : {run_options(), input_options(), model_options(), parallel_options()})
      all.insert(all.end(), section.begin(), section.end());
    return all;
  }();
  return table;
}

std::vector<const Option*> options_of(Section section) {
  std::vector<const Option*> options;
  for (const Option& option : option_table())
    if (option.section() == section) options.push_back(&option);
  return options;
}

std::vector<std::string> keys_of(Section section) {
  std::vector<std::string> keys;
  for (const Option* option : options_of(section)) keys.push_back(option->key);
  return keys;
}

const Option* find_option(Section section, std::string_view key) {
  for (const Option& option : option_table())
    if (option.section() == section && (option.key == key || (!option.alias.empty() && option.alias == key)))
      return &option;
  return nullptr;
}

}  // namespace prs
