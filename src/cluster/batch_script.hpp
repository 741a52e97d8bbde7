#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace prs {

/// What a batch script for Slurm says (rule 9.3). A plain value; its defaults are those of the templates in slurm/,
/// which text_of() has written, too.
struct BatchScript {
  enum class Launcher { srun, mpirun };
  Launcher launcher = Launcher::srun;

  // What is asked of Slurm
  std::string job_name = "prs_mpi";
  std::string partition;  ///< empty: a commented line
  std::uint32_t node_count = 2;
  std::uint32_t process_count_per_node = 2;
  std::uint32_t cpus_per_task = 1;
  std::optional<std::uint32_t> gpus_per_node;  ///< without it, or zero: a commented line
  std::string time_limit;                      ///< as Slurm writes it; empty: a commented line
  std::uint32_t warning_seconds = 120;         ///< from SIGUSR1 to the end of the time limit
  std::uint32_t slices = 0;                    ///< of a job array, one task for each; 0: one job for the whole run

  // What is started
  std::string program;                        ///< empty: $PRS_MPI, else prs_mpi on the PATH
  std::string working_folder;                 ///< what relative `words` are meant from; empty: there are none
  std::vector<std::string> words;             ///< the configuration and options; empty: those of sbatch's command line
  std::vector<std::string> script_arguments;  ///< what follows `--`
  bool has_script_arguments = false;
};

const char* name_of(BatchScript::Launcher launcher);

/// The whole file. Pure: nothing is looked up.
std::string text_of(const BatchScript& script);

/// One word of a shell's command line, quoted where it must be.
std::string shell_word(const std::string& word);

/// Seconds of "90", "90:00", "4:00:00", "2-0", "2-0:30" or "2-0:30:00": minutes, or with days before the hyphen, as
/// sbatch's --time has them. None: another form, or no time at all.
std::optional<std::uint64_t> seconds_of_time_limit(std::string_view text);

/// How long before the time limit the ranks are warned: room for running tries (`grace_period`) and for the end of the
/// run, but no more than a quarter of a short limit.
std::uint32_t warning_seconds_for(double grace_period_seconds, std::optional<std::uint64_t> time_limit_seconds);

/// A job's name without what would end or split the line that it stands in.
std::string job_name_of(const std::string& name);

}  // namespace prs
