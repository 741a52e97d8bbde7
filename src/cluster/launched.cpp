#include "cluster/launched.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>

#include "support/environment_variable.hpp"

namespace prs {
namespace {

constexpr const char* result_variable = "PRS_LAUNCHER_RESULT";
constexpr const char* columns_variable = "PRS_LAUNCHER_COLUMNS";
constexpr const char* id_variable = "PRS_LAUNCHER_ID";
constexpr const char* process_variable = "PRS_LAUNCHER_PROCESS";
constexpr const char* lost_word = "lost";

}  // namespace

bool is_launched_as_rank() {
  for (const char* variable : {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK"})
    if (std::getenv(variable) != nullptr) return true;
  return false;
}

std::optional<int> launched_ranks() {
  const char* ranks = std::getenv("OMPI_COMM_WORLD_SIZE");
  return ranks == nullptr ? std::nullopt : std::optional(std::atoi(ranks));
}

std::string launcher_result_text(const LauncherResult& result) {
  return std::to_string(static_cast<int>(result.status)) +
         (result.is_ended_by_loss ? std::string(" ") + lost_word : "");
}

LauncherResult launcher_result_of(const std::string& text) {
  return {static_cast<ExitStatus>(std::stoi(text)), text.find(lost_word) != std::string::npos};
}

void set_launcher_result_file(const std::string& path) {
  ::setenv(result_variable, path.c_str(), 1);
}

void set_launcher_id(const std::string& id) {
  ::setenv(id_variable, id.c_str(), 1);
}

void set_launcher_process(const std::string& process) {
  ::setenv(process_variable, process.c_str(), 1);
}

void set_launcher_terminal_columns(int columns) {
  ::setenv(columns_variable, std::to_string(columns).c_str(), 1);
}

std::string launcher_result_file() {
  return environment_variable(result_variable);
}

std::string launcher_id() {
  return environment_variable(id_variable);
}

std::string launcher_process() {
  return environment_variable(process_variable);
}

int launcher_terminal_columns() {
  return std::atoi(environment_variable(columns_variable).c_str());
}

double grace_seconds_after(int signal, double grace_period_seconds) {
  if (signal == SIGUSR1) return grace_period_seconds;
  // mpirun of Open MPI 4 kills its ranks a second after SIGTERM, that of 5 (PRRTE) half a second.
  if (std::getenv("OMPI_MCA_orte_ess_num_procs") != nullptr) return std::min(grace_period_seconds, 0.4);
  if (std::getenv("PRTE_LAUNCHED") != nullptr) return std::min(grace_period_seconds, 0.1);
  return grace_period_seconds;
}

}  // namespace prs
