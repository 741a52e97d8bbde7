// The manual page, as roff with the man(7) macros.
#include <algorithm>
#include <utility>
#include <vector>

#include "app/command_line.hpp"
#include "app/completion.hpp"
#include "app/version.hpp"
#include "config/option_table.hpp"

namespace prs {
namespace {

/// Text as roff prints it: a backslash, a hyphen of an option, and a control character at a line's beginning.
std::string roff(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\')
      escaped += "\\e";
    else if (c == '-')
      escaped += "\\-";
    else if (c == '\'')
      escaped += "\\(aq";
    else if (c == '`')
      escaped += "\\(ga";
    else if (c == '^' || c == '~')
      escaped += c == '^' ? "\\(ha" : "\\(ti";
    else
      escaped += c;
  }
  return (escaped.starts_with(".") ? "\\&" : "") + escaped;
}

std::string section(const std::string& title) {
  return ".SH " + title + "\n";
}
std::string entry(const std::string& name, const std::string& text) {
  return ".TP\n" + name + "\n" + roff(text) + "\n";
}
std::string bold(const std::string& text) {
  return "\\fB" + roff(text) + "\\fR";
}
std::string italic(const std::string& text) {
  return "\\fI" + roff(text) + "\\fR";
}

std::string option_name(const VerbPage::Option& option) {
  std::string text;
  for (const std::string& name : option.names) text += (text.empty() ? "" : ", ") + bold(name);
  return text + (option.value.empty() ? "" : " " + italic(option.value));
}

std::string verbs(const std::vector<VerbPage>& pages) {
  std::string text = section("VERBS");
  for (const VerbPage& page : pages)
    text += entry(bold(page.name) + (page.argument.empty() ? "" : " " + italic(page.argument)), page.summary + ".");
  return text;
}

/// "every verb", or the verb, below which an option has its full text: the same words in the heading and where another
/// verb has it, too.
std::string home_of(const VerbPage::Option& option, const std::vector<VerbPage>& pages) {
  std::vector<const VerbPage*> having;
  for (const VerbPage& page : pages)
    if (std::find(page.options.begin(), page.options.end(), option) != page.options.end()) having.push_back(&page);
  const auto takes_config = [](const VerbPage& page) { return page.argument == "CONFIG"; };
  if (having.size() == pages.size()) return "every verb";
  if (std::ssize(having) == std::count_if(pages.begin(), pages.end(), takes_config) && takes_config(*having.back()))
    return "every verb that takes a CONFIG";
  return having.front()->name;
}

std::string full_text(const VerbPage::Option& option) {
  const std::string if_absent = option.if_absent.empty() ? "" : " Default: " + option.if_absent + ".";
  return entry(option_name(option), option.sentence + "." + if_absent);
}

std::string heading_of_options(const std::string& home) {
  return ".SS Options of " + home + "\n";
}

/// All options of a verb: in full where it is their home, and else by name.
std::string options_of(const VerbPage& page, const std::vector<VerbPage>& pages) {
  std::string text = heading_of_options(page.name);
  std::vector<std::pair<std::string, std::string>> elsewhere;  // home and names
  for (const VerbPage::Option& option : page.options) {
    const std::string home = home_of(option, pages);
    if (home == page.name) {
      text += full_text(option);
      continue;
    }
    const auto known =
        std::find_if(elsewhere.begin(), elsewhere.end(), [&](const auto& one) { return one.first == home; });
    if (known == elsewhere.end())
      elsewhere.emplace_back(home, option_name(option));
    else
      known->second += ", " + option_name(option);
  }
  for (const auto& [home, names] : elsewhere) text += ".PP\nThose of " + home + ": " + names + ".\n";
  return text;
}

/// Each option in full once; what several verbs have comes first.
std::string options(const std::vector<VerbPage>& pages) {
  std::string text = section("OPTIONS"), heading;
  for (const VerbPage::Option& option : pages.front().options) {
    const std::string home = home_of(option, pages);
    if (home == pages.front().name) continue;
    if (home != heading) text += heading_of_options(home);
    heading = home;
    text += full_text(option);
  }
  for (const VerbPage& page : pages) text += options_of(page, pages);
  return text;
}

std::string keys() {
  std::string text = section("CONFIGURATION"), group;
  text += "A YAML file. These are the keys; the first ones stand at its top, those of the other headings in\n" +
          bold("parallel_run_config") + ".\n";
  for (const Option& option : option_table()) {
    if (option.group != group) text += ".SS " + roff(option.group) + "\n";
    group = option.group;
    const std::string absent = option.if_absent.is_required ? "Required." : "Default: " + option.if_absent.text + ".";
    text += entry(bold(option.key), option.sentence + " Allowed: " + option.allowed + ". " + absent);
  }
  return text;
}

std::string exit_status() {
  return section("EXIT STATUS") + entry("0", "Completed; every limit held.") +
         entry("1",
               "Failed: a limit was passed, no item succeeded, there was no progress, or init() failed everywhere.") +
         entry("2", "A mistake of usage, configuration or input; nothing ran.") +
         entry("3", "An error of the machines, the disk or the program; the same command goes on.") +
         entry("4", "Of status alone: the run is not over.") +
         entry("75", "Interrupted; the same command goes on. Of status, also killed.");
}

}  // namespace

std::string manual_page() {
  const std::vector<VerbPage> pages = verb_pages();
  std::string text = ".TH PRS_MPI 1 \"\" \"prs_mpi " + std::string(version) + "\" \"User Commands\"\n";
  text += section("NAME") + "prs_mpi \\- run an entry script over files or tables in parallel, as one MPI job\n";
  text += section("SYNOPSIS");
  for (const VerbPage& page : pages) {
    const std::string name = page.name == "run" ? "[" + bold("run") + "]" : bold(page.name);
    text += bold("prs_mpi") + " " + name + " [" + italic("OPTIONS") + "]" +
            (page.argument.empty() ? "" : " " + italic(page.argument)) +
            (page.argument == "CONFIG" ? " [" + bold("--") + " " + italic("ARGUMENTS") + "]" : "") + "\n.br\n";
  }
  text += section("DESCRIPTION");
  text +=
      "The entry script has a function run(), which gets a mini\\-batch of the input and returns a row for each item.\n"
      "The rows of all mini\\-batches end up in one file of the run folder, in the order of the input.\n"
      "Without mpirun the program starts itself under it.\n"
      "A run that was stopped or killed goes on by the same command.\n";
  return text + verbs(pages) + options(pages) + keys() + exit_status() + section("ENVIRONMENT") +
         entry(bold("NO_COLOR"), "Where it is set and not empty, nothing is coloured.");
}

}  // namespace prs
