#include "config/mltable.hpp"

#include <algorithm>
#include <filesystem>

#include "config/mltable_steps.hpp"
#include "config/paths.hpp"
#include "config/yaml_text.hpp"

namespace prs {
namespace {

const std::vector<std::string> kinds_of_path = {"file", "folder", "pattern"};
const std::string allowed_paths_in_file = "a list of one or more of file:, folder: and pattern:, each with a path";
/// What stands in the file for other programs: it says nothing of rows.
const std::vector<std::string> keys_for_others = {"$schema", "type",       "name",     "version", "description",
                                                  "tags",    "properties", "metadata", "traits"};

void read_path_entry(ReadContext& context, const std::string& name, const YamlValue& item, InputConfig& input) {
  if (!item.is_mapping() || item.entries.size() != 1)
    return refuse(context, {name + ",", "one of file:, folder: and pattern: with a path", item});
  const YamlEntry& entry = item.entries[0];
  if (std::find(kinds_of_path.begin(), kinds_of_path.end(), entry.key) == kinds_of_path.end()) {
    if (!context.notes.is_full())
      context.notes.mistake(entry.key_place,
                            name + " has the key " + in_quotes(entry.key) + nearest_hint(entry.key, kinds_of_path));
    return;
  }
  if (const auto path = read_path(context, {name + ": " + entry.key, "a path", entry.value}))
    input.paths.push_back(path->path);
}

void read_paths(ReadContext& context, const YamlValue& root, InputConfig& input) {
  const YamlValue* paths = root.find("paths");
  if (!paths) return context.notes.mistake(root.place, "the key 'paths' is missing; allowed: " + allowed_paths_in_file);
  if (!paths->is_sequence()) return refuse(context, {"paths", allowed_paths_in_file, *paths});
  if (paths->items.empty()) return refuse(context, {"paths", allowed_paths_in_file, *paths}, "an empty list");
  for (std::size_t i = 0; i < paths->items.size(); ++i)
    read_path_entry(context, "paths, item " + std::to_string(i + 1), paths->items[i], input);
}

void note_unknown_keys(ReadContext& context, const YamlValue& root) {
  for (const YamlEntry& entry : root.entries) {
    const bool is_known = entry.key == "paths" || entry.key == "transformations" ||
                          std::find(keys_for_others.begin(), keys_for_others.end(), entry.key) != keys_for_others.end();
    if (!is_known && !context.notes.is_full())
      context.notes.mistake(entry.key_place, "unknown key " + in_quotes(entry.key) + " in an MLTable file" +
                                                 nearest_hint(entry.key, {"paths", "transformations", "type"}));
  }
}

/// The file itself where the path names its folder.
std::string file_named(const std::string& path) {
  return is_folder(path) ? (std::filesystem::path(path) / "MLTable").string() : path;
}

/// The file's tree; nothing after a mistake.
std::optional<YamlValue> read_tree(ReadContext& context, const Field& path, const std::string& file) {
  if (!may_read_further(context, path, file)) return std::nullopt;
  const int source = context.notes.add_source({path_for_people(file), folder_of(file)});
  auto root = read_yaml_file(file, source, context.notes);
  if (!root || root->is_mapping()) return root;
  context.notes.mistake(
      root->is_null() ? SourcePlace{source} : root->place,
      "is " + found_text(*root) + "; allowed: an MLTable file with the keys paths and transformations");
  return std::nullopt;
}

}  // namespace

const std::string allowed_mltable_paths = "an MLTable file, or the folder that it lies in";

bool read_mltable(ReadContext& context, const Field& path, InputConfig& input) {
  if (!path.value.is_scalar()) {
    refuse(context, path);
    return false;
  }
  if (input.paths.empty()) return false;  // noted already
  const std::string file = file_named(input.paths[0]);
  if (!is_file(file)) {
    refuse(context, path, found_text(path.value) + ", and there is no file " + in_quotes(file));
    return false;
  }
  const auto root = read_tree(context, path, file);
  if (!root) return false;
  input.paths.clear();
  input.table.reset();
  input.mltable = file;
  note_unknown_keys(context, *root);
  read_paths(context, *root, input);
  return read_mltable_steps(context, *root, input);
}

}  // namespace prs
