#include "app/same_command.hpp"

#include <algorithm>
#include <filesystem>

#include "cluster/batch_script.hpp"
#include "cluster/launched.hpp"
#include "support/environment_variable.hpp"

namespace prs {

std::string command_to_go_on(const CommandLine& line, int world_size) {
  const bool is_by_launcher = !launcher_result_file().empty();
  if (const std::string job = environment_variable("SLURM_JOB_ID"); !job.empty() && !is_by_launcher) {
    const std::string name = environment_variable("SLURM_JOB_NAME");
    const std::string array = environment_variable("SLURM_ARRAY_JOB_ID");  // its tasks are slices of the run
    return (array.empty() ? "sbatch" : "sbatch --array=" + environment_variable("SLURM_ARRAY_TASK_ID")) +
           ", with the batch script of Slurm job " + (array.empty() ? job : array) +
           (name.empty() ? "" : " (" + name + ")");
  }
  std::error_code error;
  const auto folder = std::filesystem::current_path(error);
  std::string text = error ? "" : "cd " + shell_word(folder.string()) + " && ";
  if (!is_by_launcher) text += "mpirun -n " + std::to_string(world_size) + " ";
  text += "prs_mpi";
  const auto script_words = std::find(line.words.begin(), line.words.end(), "--");
  for (auto word = line.words.begin(); word != line.words.end(); ++word)
    if (word >= script_words || (*word != "--overwrite" && *word != "--retry-failed")) text += " " + shell_word(*word);
  return text;
}

}  // namespace prs
