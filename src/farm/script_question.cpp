#include "farm/script_question.hpp"

#include <nlohmann/json.hpp>

#include "farm/host_settings.hpp"
#include "farm/python_question.hpp"

namespace prs {

ScriptLook look_at_script(const RunConfig& config, const Interpreter& interpreter) {
  const nlohmann::json answer = ask_python({"prs_script_look.py",
                                            {config.entry_script_path(), config.import_folder()},
                                            "the entry script could not be looked at",
                                            Clock::now() + duration_of(config.parallel.init_timeout),
                                            "entry_script"},
                                           foreground_settings(config, interpreter, config.run_folder()));
  ScriptLook look;
  look.file = answer.at("file").get<std::string>();
  look.has_run = answer.at("has_run").get<bool>();
  if (const auto& line = answer.at("prints_in_line"); !line.is_null()) look.prints_in_line = line.get<std::size_t>();
  look.missing_packages = answer.at("missing").get<std::vector<std::string>>();
  return look;
}

}  // namespace prs
