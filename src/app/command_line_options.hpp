#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "app/command_line.hpp"

namespace prs {

/// A verb, as people type and see it. The one table of all verbs: parsing, overview, help, completion and manual page
/// come from it.
struct VerbWord {
  const char* name;
  CommandLine::Verb verb;
  const char* argument;  ///< the file, or the folder, that it takes: "CONFIG", "FOLDER", "SHELL"; empty: none
  const char* usage;     ///< what follows the argument
  const char* summary;
  void (*add_own_options)(CLI::App& app, CommandLine& line);  ///< beside those of all that take a CONFIG; null: none

  bool takes(std::string_view what) const { return what == argument; }
};
/// In the order in which people see them.
const std::vector<VerbWord>& verb_words();
/// Null: it is no verb.
const VerbWord* find_verb(const std::string& name);
const VerbWord& word_of(CommandLine::Verb verb);

/// Gives `app` all that may follow the verb of `line`, which is to be filled in.
void add_options(CLI::App& app, CommandLine& line);
/// The options of all verbs, below a heading for each set.
std::string all_options_help();

}  // namespace prs
