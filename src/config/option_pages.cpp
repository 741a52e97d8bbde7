// The pages that are rendered from the option table: the `--help` of the keys, configs/full.yaml, docs/reference.md.
#include <sstream>

#include "config/inputs.hpp"
#include "config/option_table.hpp"
#include "config/settings.hpp"

namespace prs {
namespace {

/// Breaks a text at blanks; every line begins with `indent`.
std::string wrapped(const std::string& text, const std::string& indent, std::size_t width) {
  std::istringstream words(text);
  std::string line, lines;
  for (std::string word; words >> word;) {
    if (!line.empty() && indent.size() + line.size() + 1 + word.size() > width) {
      lines += indent + line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return lines + indent + line + "\n";
}

std::string default_words(const Option& option) {
  return option.if_absent.is_required ? option.if_absent.text : "default: " + option.if_absent.text;
}

/// Which inputs a table's key is for.
std::string formats_of(const Option& option) {
  if (option.fits.empty()) return "";
  constexpr std::size_t all = 4;
  return option.fits.size() == all ? " For tables." : " For the format " + format_words(option.fits) + ".";
}

std::string explanation(const Option& option) {
  return option.sentence + " (" + option.allowed + "; " + default_words(option) + ")" + formats_of(option);
}

std::string example_of(const Option& option) {
  if (!option.example.empty()) return option.example;
  if (option.section() != Section::parallel_run_config) return option.if_absent.value;
  return access_of<ParallelRunConfig>(option).text(with_defaults({}), {});
}

/// "key: example", commented out where there is a default, below its explanation.
std::string full_entry(const Option& option, const std::string& indent) {
  const std::string mark = option.if_absent.is_required ? "" : "#";
  return wrapped(explanation(option), indent + "# ", 110) + indent + mark + option.key + ": " + example_of(option) +
         "\n";
}

std::string full_inputs(const Option& inputs) {
  std::string text = wrapped(explanation(inputs), "# ", 110) + "inputs:\n";
  bool is_first = true;
  for (const Option* option : options_of(Section::input)) {
    const std::string mark = option->if_absent.is_required ? "" : "#";
    text += wrapped(explanation(*option), is_first ? "  # " : "    # ", 110);
    text += (is_first ? "  - " : "    ") + mark + option->key + ": " + example_of(*option) + "\n";
    is_first = false;
  }
  return text;
}

/// A group's heading, with where its keys stand.
std::string group_title(const Option& option) {
  return option.group + (option.section() == Section::parallel_run_config ? " (in parallel_run_config)" : "");
}

/// As a cell of a Markdown table.
std::string cell(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '|' || c == '\\' || c == '*' || c == '<') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string reference_row(const Option& option) {
  std::string words = option.sentence + formats_of(option);
  if (!option.v1_key.empty()) words += " In v1 files also " + option.v1_key + ".";
  if (option.is_driver_argument) words += " Also a [driver argument](rules.md#2-configuration).";
  return "| `" + option.key + "` | " + cell(option.allowed) + " | " + cell(option.if_absent.text) + " | " +
         cell(words) + " |\n";
}

}  // namespace

std::string option_help() {
  std::string text, group;
  for (const Option& option : option_table()) {
    if (option.group != group) {
      group = option.group;
      text += (text.empty() ? "" : "\n") + group_title(option) + ":\n";
    }
    text += "  " + option.key + ": " + option.type + "\n" + wrapped(explanation(option), "      ", 100);
  }
  return text;
}

std::string full_yaml() {
  std::string text =
      "# Every key of a configuration, explained. A key that is commented out has a default, and the value that "
      "stands\n"
      "# there is that default or an example. Paths are relative to this file; ${VAR} and a leading ~ are filled in\n"
      "# ($${ stands for a literal ${). Made from the option table in src/config.\n\n";
  for (const Option* option : options_of(Section::run)) {
    if (option->key == "parallel_run_config")
      text += wrapped(explanation(*option), "# ", 110) + "parallel_run_config:\n";
    else
      text += (option->key == "inputs" ? full_inputs(*option) : full_entry(*option, "")) + "\n";
  }
  std::string group;
  for (const Option* option : options_of(Section::parallel_run_config)) {
    if (option->group != group)
      text += (group.empty() ? "" : "\n") + std::string("  # --- ") + option->group + " ---\n";
    group = option->group;
    text += full_entry(*option, "  ");
  }
  return text;
}

std::string reference_page() {
  std::string text =
      "# Reference: every key of a configuration\n\n"
      "The program's own table of keys makes this page. [configuration.md](configuration.md) explains how a file is "
      "written.\n[configs/full.yaml](../configs/full.yaml) has an example of each key. `prs_mpi --help` shows the "
      "same.\n\n"
      "Paths are relative to the file that names them. `${VAR}` and a leading `~` are filled in.\n"
      "Integers end at 2147483647. A null value counts as absent.\n";
  std::string group;
  for (const Option& option : option_table()) {
    if (option.group != group) {
      group = option.group;
      text += "\n## " + group_title(option) + "\n\n| key | allowed | default | meaning |\n| --- | --- | --- | --- |\n";
    }
    text += reference_row(option);
  }
  return text;
}

}  // namespace prs
