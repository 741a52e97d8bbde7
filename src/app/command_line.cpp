#include "app/command_line.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>

#include "app/command_line_options.hpp"
#include "config/option_table.hpp"
#include "support/errors.hpp"
#include "support/nearest_name.hpp"

namespace prs {
namespace {

using Verb = CommandLine::Verb;
using Words = std::vector<std::string>;

std::string verb_list() {
  std::string list;
  for (const VerbWord& word : verb_words()) list += (list.empty() ? "" : ", ") + std::string(word.name);
  return list;
}

/// "  prs_mpi check CONFIG                validates, and shows the plan"
std::string overview_line(std::string usage, const std::string& summary) {
  constexpr std::size_t width = 36;
  usage.resize(std::max(width, usage.size() + 2), ' ');
  return "  " + usage + summary + "\n";
}

std::string overview() {
  std::string text =
      "prs_mpi runs an entry script over files in parallel, as one MPI job.\n"
      "\n" +
      overview_line("mpirun -n N prs_mpi [run] CONFIG", "N = 1 + node_count x process_count_per_node");
  for (const VerbWord& word : verb_words()) {
    const bool is_run = word.verb == Verb::run;
    const std::string argument = word.argument;
    text += overview_line(
        "prs_mpi " + std::string(is_run ? "[run]" : word.name) + (argument.empty() ? "" : " ") + argument + word.usage,
        word.summary);
    if (is_run) text += overview_line("prs_mpi run CONFIG --slice K/N", "one of N slices of the run, a job of its own");
  }
  return text +
         "\n"
         "What follows a -- goes to the entry script. prs_mpi VERB --help has the options of a verb alone.\n"
         "Exit status: 0 completed, 1 failed, 2 usage or configuration error, 3 infrastructure error (resumable),\n"
         "75 interrupted (the same command goes on). status gives that of the run, and 4 while it goes on.\n";
}

std::string overview_page() {
  return overview() + all_options_help() + "\nKeys of a configuration file:\n\n" + option_help();
}

ParsedCommandLine over(int status, std::string output, std::string message) {
  ParsedCommandLine parsed;
  parsed.is_over = true;
  parsed.exit_status = status;
  parsed.output = std::move(output);
  parsed.message = std::move(message);
  return parsed;
}

ParsedCommandLine usage_error(const std::string& message) {
  return over(static_cast<int>(ExitStatus::usage), "", "prs_mpi: " + message + "\n");
}

std::optional<std::string> nearest_verb(const std::string& word) {
  Words known = {"help"};
  for (const VerbWord& verb : verb_words()) known.emplace_back(verb.name);
  return nearest_name(word, known);
}

/// What is wrong with a first word that is no verb, if it cannot be meant as a file.
std::optional<std::string> first_word_problem(const Words& words) {
  const std::string& word = words[0];
  std::error_code error;
  if (word.find_first_of("/.") != word.npos || word.starts_with("-") || std::filesystem::exists(word, error)) return {};
  if (const auto verb = nearest_verb(word)) return "'" + word + "' is not a verb; did you mean '" + *verb + "'?";
  if (words.size() > 1) return "'" + word + "' is neither a verb nor a file; the verbs are " + verb_list();
  return {};
}

/// "prs_mpi join or prs_mpi run", if these are where the option belongs; else empty.
std::string verbs_with(const std::string& option) {
  std::set<std::string> having;
  for (const VerbWord& word : verb_words()) {
    CommandLine line;
    line.verb = word.verb;
    CLI::App app;
    add_options(app, line);
    if (app.get_option_no_throw(option)) having.insert(word.name);
  }
  std::string names;
  for (const std::string& name : having) names += (names.empty() ? "prs_mpi " : " or prs_mpi ") + name;
  return names;
}

std::string unknown_option_problem(const CLI::App& app, const std::string& word) {
  const std::string name = word.substr(0, word.find('='));
  if (const std::string others = verbs_with(name); !others.empty()) return "'" + name + "' is an option of " + others;
  Words known;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& long_name : option->get_lnames()) known.push_back("--" + long_name);
  const auto nearest = nearest_name(name, known);
  return "unknown option '" + name + "'" + (nearest ? "; did you mean '" + *nearest + "'?" : "");
}

/// What is wrong with words that no option took.
std::string unexpected_words_problem(const CLI::App& app, const CommandLine& line, const Words& unexpected) {
  const auto option =
      std::find_if(unexpected.begin(), unexpected.end(), [](const std::string& word) { return word.starts_with("-"); });
  if (option != unexpected.end()) return unknown_option_problem(app, *option);
  if (find_verb(line.config_file))
    return "the verb comes first: prs_mpi " + line.config_file + " " + unexpected.front();
  if (!word_of(line.verb).takes("CONFIG")) return "'" + unexpected.front() + "' was not expected";
  return "'" + unexpected.front() + "' was not expected after '" + line.config_file +
         "'; there is one configuration file, and what is for the entry script follows a --";
}

/// Empty: the file or folder that the verb takes is given.
std::string missing_argument_problem(const CommandLine& line) {
  const VerbWord& word = word_of(line.verb);
  if (word.takes("CONFIG") && line.config_file.empty()) return "a configuration file is missing";
  if (word.takes("FOLDER") && line.folder.empty()) return "a run folder is missing";
  return word.takes("SHELL") && line.shell.empty() ? "the shell is missing: bash" : "";
}

/// Fills in what the options of the verb say.
ParsedCommandLine parse_options(ParsedCommandLine parsed, const std::string& verb_name, Words words) {
  CLI::App app("", "prs_mpi " + verb_name);
  add_options(app, parsed.command_line);
  app.allow_extras();
  const std::string hint = " (prs_mpi " + verb_name + " --help shows the options)";
  std::reverse(words.begin(), words.end());
  std::string problem;
  try {
    app.parse(words);
  } catch (const CLI::CallForHelp&) {
    return over(0, app.help(), "");
  } catch (const CLI::CallForVersion& call) {
    return over(0, std::string(call.what()) + "\n", "");
  } catch (const CLI::RequiredError& error) {
    const std::string missing = missing_argument_problem(parsed.command_line);
    problem = missing.empty() ? error.what() : missing;
  } catch (const CLI::ParseError& error) {
    problem = error.what();
  }
  const Words unexpected = app.remaining();
  if (!unexpected.empty()) problem = unexpected_words_problem(app, parsed.command_line, unexpected);
  return problem.empty() ? parsed : usage_error(problem + hint);
}

}  // namespace

std::vector<VerbPage> verb_pages() {
  std::vector<VerbPage> pages;
  for (const VerbWord& word : verb_words()) {
    CommandLine line;
    line.verb = word.verb;
    CLI::App app;
    app.set_help_flag("-h,--help", "Print help and exit");
    add_options(app, line);
    VerbPage& page = pages.emplace_back(VerbPage{word.name, word.argument, word.summary, {}});
    for (const CLI::Option* option : app.get_options()) {
      if (option->get_positional()) continue;
      VerbPage::Option& shown = page.options.emplace_back();
      for (const std::string& name : option->get_snames()) shown.names.push_back("-" + name);
      for (const std::string& name : option->get_lnames()) shown.names.push_back("--" + name);
      if (option->get_items_expected_max() > 0) shown.value = option->get_type_name();
      shown.sentence = option->get_description();
      shown.if_absent = option->get_default_str();
    }
  }
  return pages;
}

ParsedCommandLine parse_command_line(int argc, const char* const* argv) {
  Words words(argv + 1, argv + argc);
  ParsedCommandLine parsed;
  CommandLine& line = parsed.command_line;
  line.words = words;
  if (words.empty())
    return over(static_cast<int>(ExitStatus::usage), "", overview() + "\nprs_mpi: a configuration file is missing\n");
  if (words[0] == "help" && words.size() > 1 && find_verb(words[1])) words = {words[1], "--help"};
  if (words[0] == "--help" || words[0] == "-h" || words[0] == "help") return over(0, overview_page(), "");

  const auto dashes = std::find(words.begin(), words.end(), "--");
  if (dashes != words.end()) {
    line.overrides.has_arguments = true;
    line.overrides.arguments.assign(dashes + 1, words.end());
    words.erase(dashes, words.end());
  }
  if (words.empty()) return usage_error("a configuration file is missing before --");
  std::string verb_name = "run";
  if (const VerbWord* verb = find_verb(words[0])) {
    line.verb = verb->verb;
    verb_name = words[0];
    words.erase(words.begin());
  } else if (const auto problem = first_word_problem(words)) {
    return usage_error(*problem);
  }
  if (!word_of(line.verb).takes("CONFIG") && line.overrides.has_arguments)
    return usage_error("'--' is for an entry script, and " + verb_name + " starts none");
  return parse_options(std::move(parsed), verb_name, std::move(words));
}

}  // namespace prs
