#include "app/plan_doubts.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "app/batch_job.hpp"
#include "cluster/machine.hpp"
#include "config/yaml_text.hpp"
#include "support/environment_variable.hpp"
#include "support/humane.hpp"

namespace prs {
namespace {

// Thresholds, with their reasons.

/// A table costs each run() some milliseconds of pandas', whatever its size; these many bytes are read in less.
constexpr std::uint64_t small_table_bytes = 64 << 10;
constexpr std::uint64_t many_small_tables = 1000;
/// logs/sys/job_report/processed_mini-batches.csv has a row of about 200 bytes for each: 2 GB.
constexpr std::uint64_t most_mini_batches = 10'000'000;
/// Opening and reading a small file from a network disk takes as long.
constexpr double least_seconds_of_file = 0.005;
/// The script's table, the one that is read ahead, and what run() makes of it.
constexpr std::uint64_t tables_in_memory = 3;

std::string workers_text(const PlanFacts& facts) {
  return counted(facts.workers, "script process", "script processes");
}

std::string of_few(const PlanFacts& facts) {
  if (facts.mini_batches >= facts.workers) return {};
  const std::string few = "there are fewer mini-batches (" + std::to_string(facts.mini_batches) +
                          ") than script processes (" + std::to_string(facts.workers) +
                          "), so some will have nothing to do; ";
  return few + (facts.is_size_set ? "set a smaller mini_batch_size, or ask for fewer" : "ask for fewer");
}

std::string of_small(const PlanFacts& facts) {
  if (facts.is_size_set && facts.bytes_of_mini_batch > 0 && facts.bytes_of_mini_batch < small_table_bytes &&
      facts.mini_batches > many_small_tables)
    return "each mini-batch has " + counted(facts.bytes_of_mini_batch, "byte", "bytes") +
           " at most, so that making tables will take longer than the work on them; set a larger "
           "mini_batch_size, 1 MB say";
  if (facts.is_size_set && facts.mini_batches > most_mini_batches)
    return "there are " + grouped(facts.mini_batches) +
           " mini-batches, and the reports have a row for each; set a larger mini_batch_size";
  return {};
}

std::string of_large(const PlanFacts& facts) {
  const std::uint64_t wanted = tables_in_memory * facts.bytes_of_mini_batch * facts.workers_on_machine;
  if (facts.memory_bytes > 0 && wanted > facts.memory_bytes)
    return "a mini-batch has up to " + grouped(facts.bytes_of_mini_batch >> 20) + " MB, and " + workers_text(facts) +
           " may need " + std::to_string(tables_in_memory) + " times that each, more than the " +
           grouped(facts.memory_bytes >> 20) + " MB of this machine; set a smaller mini_batch_size, or ask for fewer";
  const double seconds =
      facts.run_invocation_timeout / static_cast<double>(std::max<std::uint64_t>(1, facts.files_of_mini_batch));
  if (facts.files_of_mini_batch > 0 && seconds < least_seconds_of_file)
    return "run() gets " + grouped(facts.files_of_mini_batch) + " files, and run_invocation_timeout leaves it " +
           fixed_decimals(1000 * seconds, 1) + " ms for each; set a smaller mini_batch_size, or a longer limit";
  return {};
}

std::string of_cores(const PlanFacts& facts) {
  if (facts.cores == 0) return {};
  if (facts.workers_on_machine > facts.cores)
    return "there are " + std::to_string(facts.workers_on_machine) + " script processes for " +
           counted(facts.cores, "core", "cores") + " of this machine; set a smaller process_count_per_node";
  const std::uint64_t threads = facts.threads.value_or(1);
  if (threads * facts.workers_on_machine <= facts.cores) return {};
  return "OMP_NUM_THREADS is " + std::to_string(threads) + ", which makes " +
         std::to_string(threads * facts.workers_on_machine) + " threads of " +
         counted(facts.workers_on_machine, "script process", "script processes") + " for " +
         counted(facts.cores, "core", "cores") + "; leave it out, and each gets its share of the cores";
}

std::string of_run(const PlanFacts& facts) {
  if (facts.script.has_run) return {};
  return facts.script.file +
         ": no run(mini_batch) is defined or imported at its top; define it there, else the job fails as it begins";
}

std::string of_packages(const PlanFacts& facts) {
  const std::vector<std::string>& missing = facts.script.missing_packages;
  if (missing.empty()) return {};
  return facts.script.file + ": the interpreter does not find what it imports (" + joined(missing) + "); install " +
         (missing.size() == 1 ? "it" : "them") + " there, or set another `environment`";
}

std::string of_prints(const PlanFacts& facts) {
  const auto line = facts.script.prints_in_line;
  if (!line) return {};
  return facts.script.file + ":" + std::to_string(*line) +
         ": run() prints something for each item, and its log grows with the input; print once for each mini-batch, or "
         "log at the level DEBUG";
}

std::optional<std::uint64_t> threads_of(const RunConfig& config) {
  const auto found = config.parallel.environment_variables.find("OMP_NUM_THREADS");
  const std::string text =
      found == config.parallel.environment_variables.end() ? environment_variable("OMP_NUM_THREADS") : found->second;
  std::uint64_t threads = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), threads);
  if (end.ec != std::errc() || threads == 0) return std::nullopt;
  return threads;
}

/// Of the first and the last mini-batch, which tell enough of the others: they are cut alike.
void add_size(PlanFacts& facts, const MiniBatchItems& items) {
  if (const auto* files = std::get_if<FileItems>(&items)) {
    facts.files_of_mini_batch = std::max<std::uint64_t>(facts.files_of_mini_batch, files->count());
    return;
  }
  std::uint64_t bytes = 0;
  for (const TablePiece& piece : std::get<TableItems>(items).pieces)
    if (piece.unit == PieceUnit::bytes) bytes += piece.end - piece.begin;
  facts.bytes_of_mini_batch = std::max(facts.bytes_of_mini_batch, bytes);
}

}  // namespace

PlanFacts facts_of(const RunConfig& config, const Plan& plan, ScriptLook script) {
  PlanFacts facts;
  facts.mini_batches = plan.mini_batch_count();
  const ParallelRunSettings& parallel = config.parallel;
  facts.workers = static_cast<std::uint64_t>(world_size_of(parallel.node_count, parallel.process_count_per_node)) - 1;
  facts.workers_on_machine = facts.workers / parallel.node_count.value_or(1);
  if (parallel.node_count.value_or(1) == 1 && partition_of(config).empty()) {
    facts.cores = allowed_cores().size();
    facts.memory_bytes =
        static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  }
  facts.is_size_set = parallel.mini_batch_size.has_value();
  facts.run_invocation_timeout = parallel.run_invocation_timeout;
  facts.threads = threads_of(config);
  facts.script = std::move(script);
  if (facts.mini_batches > 0) {
    add_size(facts, plan.items_of({0}));
    add_size(facts, plan.items_of({facts.mini_batches - 1}));
  }
  return facts;
}

std::vector<std::string> doubts_about(const PlanFacts& facts) {
  std::vector<std::string> doubts;
  for (std::string doubt : {of_few(facts), of_small(facts), of_large(facts), of_cores(facts), of_run(facts),
                            of_packages(facts), of_prints(facts)})
    if (!doubt.empty()) doubts.push_back(std::move(doubt));
  return doubts;
}

}  // namespace prs
