#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/run_config.hpp"
#include "config/values.hpp"

namespace prs {

/// The mapping that a key stands in.
enum class Section { run, input, model, parallel_run_config };

/// What holds where a key is not given.
struct Default {
  std::string text;          ///< for people: the value, or words for what is found out later
  std::string value = {};    ///< the value as YAML; empty where none holds in every run
  bool is_required = false;  ///< nothing holds
};

/// What can stand on the command line in a key's place.
struct OnCommandLine {
  std::string what = {};  ///< in a sentence: "a v1 file names no …"
  std::string form = {};  ///< "--input NAME=PATH"
};

/// How a value is written: below a key that has this indentation; relative to a folder where it was written so and
/// `keeps_relative`.
struct TextPlace {
  std::string folder = "/";
  bool keeps_relative = false;
  std::string indent = {};
};

/// How a key is read into the struct of its section, and written from it.
template <class Config>
struct Access {
  std::function<void(ReadContext&, const Field&, Config&)> read;
  /// The YAML behind "key:", on lines of its own where it begins with a line break; empty: not set.
  std::function<std::string(const Config&, const TextPlace&)> text;
  /// Sets a default that follows from keys which stand before this one in the table.
  std::function<void(Config&)> follow = {};
};

/// One key of the configuration (rules 2.2, 2.3). The one place that says what there is: the checks, the defaults,
/// `--help`, `prs_mpi config`, save_to_yaml(), configs/full.yaml and docs/reference.md all come from it.
struct Option {
  std::string group;  ///< a heading for people
  std::string key;
  std::string type;
  Default if_absent;
  std::string allowed;  ///< goes after "allowed: "
  std::string schema;   ///< the same for machines: a JSON Schema of the value (config/value_schemas)
  std::string sentence;
  std::string example;                 ///< a YAML value for configs/full.yaml; empty: the default
  bool takes_null = false;             ///< null is one of its values; else it says that the key is absent (rule 2.3)
  bool is_driver_argument = false;     ///< taken out of a v1 run's `arguments` (rule 2.4)
  std::string v1_key = {};             ///< another name that it has in v1 files
  std::string alias = {};              ///< another name that it has everywhere
  std::vector<TableFormat> fits = {};  ///< of a table's key: the formats that it says something of; else empty
  OnCommandLine on_command_line = {};
  /// In the order of Section.
  std::variant<Access<RunConfig>, Access<InputConfig>, Access<ModelConfig>, Access<ParallelRunConfig>> access = {};

  Section section() const { return static_cast<Section>(access.index()); }
};

template <class Config>
const Access<Config>& access_of(const Option& option) {
  return std::get<Access<Config>>(option.access);
}
/// The section whose keys are read into a Config.
template <class Config>
Section section_of() {
  const decltype(Option::access) of_config = Access<Config>();
  return static_cast<Section>(of_config.index());
}

/// All options, in the order in which people see them, and in which they are read.
const std::vector<Option>& option_table();
/// Those of one section.
std::vector<const Option*> options_of(Section section);
std::vector<std::string> keys_of(Section section);
/// By its name or its alias; nullptr where the section has no such key.
const Option* find_option(Section section, std::string_view key);

/// The text of the keys for `--help`.
std::string option_help();
/// The JSON Schema (draft 2020-12) of a native configuration file, for editors (rule 9.3).
std::string json_schema();
/// configs/full.yaml: every key, explained; what has a default is commented out.
std::string full_yaml();
/// docs/reference.md: every key in tables.
std::string reference_page();

}  // namespace prs
