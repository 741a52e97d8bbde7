#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/run_config.hpp"
#include "dataset/plan.hpp"
#include "farm/script_question.hpp"

namespace prs {

/// What usually goes wrong is told from these.
struct PlanFacts {
  std::uint64_t mini_batches = 0;
  std::uint64_t workers = 1, workers_on_machine = 1;
  std::uint64_t cores = 0;                ///< of this machine; 0: the run is for other machines
  std::uint64_t memory_bytes = 0;         ///< the same
  std::uint64_t files_of_mini_batch = 0;  ///< 0: of tables
  std::uint64_t bytes_of_mini_batch = 0;  ///< the largest one of a table; 0: of files, or rows
  bool is_size_set = true;                ///< mini_batch_size splits the input, and not partition_keys
  double run_invocation_timeout = 60;
  std::optional<std::uint64_t> threads;  ///< OMP_NUM_THREADS, where the user has set it
  ScriptLook script;
};

/// Of a run whose configuration is right.
PlanFacts facts_of(const RunConfig& config, const Plan& plan, ScriptLook script);

/// What would go wrong, each with what to do; one line each, for people. Pure.
std::vector<std::string> doubts_about(const PlanFacts& facts);

}  // namespace prs
