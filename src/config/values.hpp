#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/yaml_document.hpp"
#include "prs/parallel_run_config.hpp"

namespace prs {

/// What the readers of values share in one load.
struct ReadContext {
  Notes& notes;
  bool checks_files = true;  ///< what must exist is looked for
  /// What files that a configuration names may still have in all: MLTable files, components. Reading them must end
  /// (rule 2.6).
  std::uint64_t further_bytes_left = 16u << 20;
};

/// A value with its name and what is allowed there, for messages: "run_max_try is 'x'; allowed: an integer from 1 …".
struct Field {
  std::string name;
  std::string allowed;
  const YamlValue& value;
};

constexpr std::int64_t largest_integer = 2147483647;

/// Each reads one value, or reports what is wrong with it and gives nothing.
std::optional<std::int64_t> read_integer(ReadContext& context, const Field& field, std::int64_t least);
struct NumberRange {
  double least = 0;
  bool is_least_allowed = true;
  double most = 0;
};
std::optional<double> read_number(ReadContext& context, const Field& field, const NumberRange& range);
inline const std::string allowed_booleans = "true or false, without quotes";
std::optional<bool> read_boolean(ReadContext& context, const Field& field);
/// A scalar as it is written, numbers too.
std::optional<std::string> read_text(ReadContext& context, const Field& field);
/// One of `choices`, any case; gives its place among them.
std::optional<std::size_t> read_choice(ReadContext& context, const Field& field,
                                       const std::vector<std::string>& choices);
std::optional<MiniBatchSize> read_mini_batch_size(ReadContext& context, const Field& field);
/// "allowed: files, tabular or mltable; did you mean 'tabular'?" for a text that is no choice.
void refuse_choice(ReadContext& context, const Field& field, const std::vector<std::string>& choices);
/// A list of texts; null items are mistakes.
std::optional<std::vector<std::string>> read_texts(ReadContext& context, const Field& field);
/// A mapping of scalars as they are written; null ones are absent.
std::optional<std::map<std::string, std::string>> read_text_mapping(ReadContext& context, const Field& field);
/// The keys as a list, or as a JSON list in a string.
std::optional<std::vector<std::string>> read_partition_keys(ReadContext& context, const Field& field);
/// ".txt, .csv, .tsv, .jsonl"
std::string row_file_endings_text();
/// A bare file name that the run folder has no other use for (rule 5.2).
std::optional<std::string> read_row_file_name(ReadContext& context, const Field& field);

/// Whether a path names something that is not on this machine: s3://…, azureml:….
bool is_address(std::string_view path);
/// A path, made absolute (rule 2.5).
struct PathRead {
  std::string path;
  bool was_relative = false;
};
std::optional<PathRead> read_path(ReadContext& context, const Field& field);
/// With the variables filled in, and else as it is written.
std::optional<std::string> read_expanded(ReadContext& context, const Field& field);
/// Counts a file that a configuration names and that is about to be read. False, and noted, where there are too many
/// bytes of such files.
bool may_read_further(ReadContext& context, const Field& path, const std::string& file);

/// "config.yaml:7:3: run_max_try is 'x'; allowed: …"
void refuse(ReadContext& context, const Field& field);
/// The same with a reason in place of what was found.
void refuse(ReadContext& context, const Field& field, const std::string& reason);
/// What a message says that was found: the text in quotes, or "a list".
std::string found_text(const YamlValue& value);
/// "; did you mean 'x'?", or where nothing is near, "; allowed: a, b, c".
std::string nearest_hint(std::string_view name, const std::vector<std::string>& known);
/// The names of a map for nearest_hint(): so many of them as a hostile file may cost.
template <class Map>
std::vector<std::string> some_names_of(const Map& map, const std::string& before = "", const std::string& after = "") {
  constexpr std::size_t most_names = 1000;
  std::vector<std::string> names;
  for (auto entry = map.begin(); entry != map.end() && names.size() < most_names; ++entry)
    names.push_back(before + entry->first + after);
  return names;
}
/// "; did you mean 'digits.py'?" for a path that is not there, from the files beside it.
std::string nearest_file_hint(const std::string& path);
/// For names of inputs, models and variables: at most 255 bytes, not empty.
bool is_usable_name(ReadContext& context, const SourcePlace& place, const std::string& what, const std::string& name);

}  // namespace prs
