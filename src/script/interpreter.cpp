#include "script/interpreter.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string_view>

#include "script/asked_program.hpp"
#include "script/failure_text.hpp"
#include "support/errors.hpp"
#include "support/humane.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

namespace fs = std::filesystem;
using Kind = InterpreterChoice::Kind;
using Words = std::vector<std::string>;

/// Runs on any Python, so that an old one can say how old it is. What a wrapper prints before it does not matter.
constexpr const char* probe =
    "import sys; sys.stdout.write('\\nprs-python %d.%d.%d %s\\n' % (tuple(sys.version_info[:3]) + (sys.executable,)))";
constexpr std::string_view mark = "\nprs-python ";

bool is_program(const std::string& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

std::string variable(const Words& environment, std::string_view name) {
  for (const std::string& word : environment)
    if (word.size() > name.size() && word.starts_with(name) && word[name.size()] == '=')
      return word.substr(name.size() + 1);
  return {};
}

std::vector<std::string> split(const std::string& list, char separator) {
  std::vector<std::string> parts;
  for (std::size_t start = 0; start < list.size();) {
    const std::size_t end = std::min(list.find(separator, start), list.size());
    if (end > start) parts.push_back(list.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

std::optional<std::string> on_path(const std::string& name, const Words& environment) {
  for (const std::string& folder : split(variable(environment, "PATH"), ':'))
    if (std::string path = folder + "/" + name; is_program(path)) return path;
  return std::nullopt;
}

std::string required_on_path(const std::string& name, const std::string& key, const Words& environment) {
  if (std::optional<std::string> path = on_path(name, environment)) return *path;
  throw UserError(key + ": there is no program '" + name +
                  "' on the PATH; name an interpreter, as in "
                  "'environment: {python: /usr/bin/python3}'");
}

std::string python_of_venv(const std::string& folder) {
  const std::string path = folder + "/bin/python";
  if (is_program(path)) return path;
  throw UserError("environment: venv: " + folder + " has no bin/python; make it with 'python3 -m venv " + folder + "'");
}

/// Where conda and its like keep environments of a name, the most specific first.
Words conda_folders(const Words& environment) {
  Words folders = split(variable(environment, "CONDA_ENVS_PATH"), ':');
  if (const std::string active = variable(environment, "CONDA_PREFIX"); !active.empty()) {
    // The active environment is the base one, or lies in its envs/ itself.
    folders.push_back(active + "/envs");
    if (fs::path(active).parent_path().filename() == "envs") folders.push_back(fs::path(active).parent_path().string());
  }
  if (const std::string program = variable(environment, "CONDA_EXE"); !program.empty())
    folders.push_back(fs::path(program).parent_path().parent_path().string() + "/envs");
  if (const std::string root = variable(environment, "MAMBA_ROOT_PREFIX"); !root.empty())
    folders.push_back(root + "/envs");
  const std::string home = variable(environment, "HOME");
  for (const char* place :
       {"/.conda/envs", "/miniconda3/envs", "/anaconda3/envs", "/miniforge3/envs", "/mambaforge/envs"})
    if (!home.empty()) folders.push_back(home + place);
  for (const char* place : {"/opt/conda/envs", "/opt/miniconda3/envs", "/opt/miniforge3/envs"})
    folders.emplace_back(place);
  return folders;
}

std::string python_of_conda(const std::string& value, const Words& environment) {
  if (value.find('/') != std::string::npos) {
    if (const std::string path = value + "/bin/python"; is_program(path)) return path;
    throw UserError("environment: conda: " + value +
                    " has no bin/python; name the prefix of a conda environment that has "
                    "Python, or make one with 'conda create -p " +
                    value + " python'");
  }
  const Words folders = conda_folders(environment);
  std::string looked_in;
  for (const std::string& folder : folders) {
    if (const std::string path = folder + "/" + value + "/bin/python"; is_program(path)) return path;
    looked_in += "\n  " + folder;
  }
  if (value == "base")
    for (const std::string& folder : folders)
      if (const std::string path = fs::path(folder).parent_path().string() + "/bin/python";
          folder.ends_with("/envs") && is_program(path) && fs::exists(fs::path(folder).parent_path() / "conda-meta"))
        return path;
  throw UserError("environment: conda: there is no environment '" + value + "' that has Python; looked in" + looked_in +
                  "\nenvironment '" + value +
                  "' is in none of them: name its prefix (a path), or set CONDA_ENVS_PATH; a cloud's name for an "
                  "environment has no meaning "
                  "here: remove the key for python3 on the PATH, or name an interpreter with --set "
                  "environment='{python: /usr/bin/python3}'");
}

Words container_words(const InterpreterChoice& choice, const Words& environment) {
  std::optional<std::string> program = on_path("apptainer", environment);
  if (!program) program = on_path("singularity", environment);
  if (!program)
    throw UserError(
        "environment: container: neither 'apptainer' nor 'singularity' is on the PATH; install one of them, or "
        "load its module, or use 'python', 'venv' or 'conda'");
  Words words = {*program, "exec"};
  if (choice.has_nvidia_gpu) words.emplace_back("--nv");
  if (choice.has_amd_gpu) words.emplace_back("--rocm");
  for (const std::string& folder : choice.folders_to_bind) words.insert(words.end(), {"--bind", folder});
  words.insert(words.end(), {choice.value, "python3"});
  return words;
}

Words words_of(const InterpreterChoice& choice, const Words& environment) {
  switch (choice.kind) {
    case Kind::search_path:
      return {required_on_path("python3", "environment", environment)};
    case Kind::python:
      if (choice.value.find('/') == std::string::npos)
        return {required_on_path(choice.value, "environment: python", environment)};
      if (!is_program(choice.value))
        throw UserError("environment: python: " + choice.value +
                        " is no program; name an interpreter, as in "
                        "'environment: {python: /usr/bin/python3}'");
      return {choice.value};
    case Kind::venv:
      return {python_of_venv(choice.value)};
    case Kind::conda:
      return {python_of_conda(choice.value, environment)};
    case Kind::container:
      return container_words(choice, environment);
    case Kind::prefix: {
      if (choice.prefix.empty())
        throw UserError("environment: prefix: names no command; give the words before python3");
      Words words = choice.prefix;
      words.emplace_back("python3");
      return words;
    }
  }
  return {};
}

struct Answer {
  std::string version, executable;
};

std::optional<Answer> parse_answer(const std::string& output) {
  const std::size_t at = output.rfind(mark);
  if (at == std::string::npos) return std::nullopt;
  std::string line = output.substr(at + mark.size());
  line.resize(std::min(line.find('\n'), line.size()));
  const std::size_t blank = line.find(' ');
  if (blank == std::string::npos) return std::nullopt;
  return Answer{line.substr(0, blank), line.substr(blank + 1)};
}

/// Starts the command once and waits for it, at most until the limit; then its whole tree is killed.
Answer ask(const Words& words, const std::string& keeper_program, const Words& environment, Duration limit) {
  Words command = words;
  command.insert(command.end(), {"-c", probe});
  AskedProgram program(keeper_program, std::move(command), environment, Clock::now() + limit);
  program.wait();
  const std::string what = "environment: the interpreter '" + spaced(words) + "' ";
  if (const auto& failure = program.start_failure()) {
    const int number = static_cast<int>(failure->value);
    if (failure->stage == StartStage::standard_output) throw system_error("cannot open", program.answer_file(), number);
    if (failure->stage == StartStage::standard_error)
      throw system_error("cannot open", program.complaints_file(), number);
    throw UserError(what + "cannot be started: " + std::strerror(number) +
                    "; check the name, or name another one under 'environment'");
  }
  if (program.wait_status())
    if (const auto answer = parse_answer("\n" + program.answer())) return *answer;
  if (!program.wait_status() && !program.is_late())  // says nothing about the interpreter
    throw InfrastructureError(what + "was lost when it was asked for its version: its keeper was killed");
  const std::string said = program.complaints();
  const std::string how = program.wait_status() ? death_text(*program.wait_status())
                                                : "did not answer within " + seconds_text(limit) + " and was killed";
  throw UserError(what + how + " when it was asked for its version; try '" + spaced(words) + " --version'" +
                  (said.empty() ? "" : "; it said:\n" + said));
}

bool is_new_enough(const std::string& version) {
  int major = 0, minor = 0;
  return std::sscanf(version.c_str(), "%d.%d", &major, &minor) == 2 && (major > 3 || (major == 3 && minor >= 8));
}

}  // namespace

std::string reason_of(const InterpreterChoice& choice) {
  switch (choice.kind) {
    case Kind::search_path:
      return "python3 on the PATH, since 'environment' names no other";
    case Kind::python:
      return "environment: python: " + choice.value +
             (choice.value.find('/') == std::string::npos ? ", found on the PATH" : "");
    case Kind::venv:
      return "environment: venv: " + choice.value;
    case Kind::conda:
      return "environment: conda: " + choice.value;
    case Kind::container:
      return "environment: container: " + choice.value;
    case Kind::prefix:
      return "environment: prefix: " + spaced(choice.prefix);
  }
  return {};
}

std::string program_of(const InterpreterChoice& choice, const std::vector<std::string>& environment) {
  return words_of(choice, environment).front();
}

Interpreter find_interpreter(const InterpreterChoice& choice, const std::string& keeper_program,
                             const std::vector<std::string>& environment, Duration limit) {
  Words words = words_of(choice, environment);
  const Answer answer = ask(words, keeper_program, environment, limit);
  if (!is_new_enough(answer.version))
    throw UserError("environment: '" + spaced(words) + "' is Python " + answer.version +
                    "; the script's process needs Python 3.8 or newer: name another interpreter under 'environment'");
  const bool is_direct = choice.kind != Kind::container && choice.kind != Kind::prefix;
  if (is_direct && is_program(answer.executable)) words = {answer.executable};
  return {std::move(words), answer.version};
}

}  // namespace prs
