#include "app/completion.hpp"

#include "app/command_line.hpp"
#include "config/option_table.hpp"

namespace prs {
namespace {

std::string joined_names(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : " ") + name;
  return text;
}

/// "    try) options='--mini-batch …' values='--mini-batch …' argument=CONFIG ;;"
std::string case_of(const VerbPage& verb) {
  std::string options, values;
  for (const VerbPage::Option& option : verb.options) {
    const std::string names = joined_names(option.names);
    options += (options.empty() ? "" : " ") + names;
    if (!option.value.empty()) values += " " + names + " ";
  }
  return "    " + verb.name + ") options='" + options + "' values='" + values + "' argument='" + verb.argument +
         "' ;;\n";
}

std::string keys() {
  std::string text;
  for (const Option* option : options_of(Section::parallel_run_config)) text += option->key + "= ";
  return text + "name= output=";
}

}  // namespace

std::string bash_completion() {
  std::string verbs, cases;
  for (const VerbPage& verb : verb_pages()) {
    verbs += (verbs.empty() ? "" : " ") + verb.name;
    cases += case_of(verb);
  }
  return "# bash completion for prs_mpi. Made by `prs_mpi completion bash`; do not edit.\n"
         "_prs_mpi() {\n"
         "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} verb=run options values argument "
         "i\n"
         "  local verbs='" +
         verbs +
         "'\n"
         "  COMPREPLY=()\n"
         "  for ((i = 1; i < COMP_CWORD; ++i)); do\n"
         "    [[ ${COMP_WORDS[i]} == -- ]] && { compopt -o default; return; }\n"
         "  done\n"
         "  [[ \" $verbs \" == *\" ${COMP_WORDS[1]} \"* && $COMP_CWORD -gt 1 ]] && verb=${COMP_WORDS[1]}\n"
         "  case $verb in\n" +
         cases +
         "  esac\n"
         "  # bash splits a line at '=', too.\n"
         "  if [[ $before == --set ]]; then\n"
         "    mapfile -t COMPREPLY < <(compgen -W '" +
         keys() +
         "' -- \"$word\")\n"
         "    [[ ${#COMPREPLY[@]} -gt 0 ]] && compopt -o nospace\n"
         "  elif [[ $values == *\" $before \"* || $before == '=' ]]; then\n"
         "    compopt -o default\n"
         "  elif [[ $word == -* ]]; then\n"
         "    mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$word\")\n"
         "  elif [[ $argument == SHELL ]]; then\n"
         "    mapfile -t COMPREPLY < <(compgen -W bash -- \"$word\")\n"
         "  else\n"
         "    [[ $COMP_CWORD -eq 1 ]] && mapfile -t COMPREPLY < <(compgen -W \"$verbs\" -- \"$word\")\n"
         "    [[ $argument == FOLDER ]] && compopt -o dirnames\n"
         "    [[ $argument == CONFIG ]] && compopt -o default\n"
         "  fi\n"
         "}\n"
         "complete -F _prs_mpi prs_mpi\n";
}

}  // namespace prs
