#include <algorithm>

#include "config/option_groups.hpp"
#include "config/yaml_text.hpp"
#include "model/row_format.hpp"

namespace prs {
namespace {

using Config = ParallelRunConfig;

Option as_driver_argument(Option made) {
  made.is_driver_argument = true;
  return made;
}

/// The default follows from keys that stand before this one.
Option with_follow(Option made, std::function<void(Config&)> follow) {
  std::get<Access<Config>>(made.access).follow = std::move(follow);
  return made;
}

std::vector<Option> what_runs() {
  const std::string group = "What runs";
  return {
      option(group,
             {"entry_script", "path", required(),
              "The script with init() and run(mini_batch): relative to source_directory if that is given, "
              "in a sub-folder if you like, or a dotted module name.",
              "digits.py"},
             entry_script_codec()),
      option(group,
             {"source_directory", "path", default_words("the entry script's own folder"),
              "The folder on the script's import path; it must exist.", "scripts"},
             source_directory_codec()),
      option(group,
             {"environment", "mapping or name", default_words("python3 on the PATH"),
              "How the interpreter is started: python: (an interpreter), venv: (a folder), conda: (a name "
              "or folder), container: (an image, by apptainer or singularity) or prefix: (command words "
              "before the interpreter); a bare name is a conda environment.",
              "{python: /usr/bin/python3}"},
             environment_codec()),
      option(group,
             {"environment_variables", "mapping", default_words("none"),
              "Set in the script's process, each value as it is written here.", "{MODEL_SIZE: small}"},
             environment_variables_codec()),
      as_driver_argument(option(
          group, {"profiling_module", "choice", default_value("none"), "Profiles run() with this module of Python's."},
          profiling_module_codec()))};
}

std::vector<Option> what_counts_as_failed() {
  const std::string group = "What counts as failed";
  return {
      as_driver_argument(
          option(group,
                 {"error_threshold", "integer", required(),
                  "Failed items tolerated over the whole input; one more aborts the job; -1 ignores them.", "10"},
                 error_threshold_codec())),
      as_driver_argument(option(group,
                                {"allowed_failed_count", "integer", default_value("-1"),
                                 "Failed mini-batches tolerated; one more aborts the job; -1 ignores them."},
                                integer_codec(&Config::allowed_failed_count, -1))),
      as_driver_argument(option(
          group,
          {"allowed_failed_percent", "number", default_value("100"),
           "Failed mini-batches tolerated, in percent of all, looked at once all were handed out; 100 ignores them."},
          number_codec(&Config::allowed_failed_percent, {0, true, 100}, "a number from 0 to 100"))),
      option(group,
             {"failed_mini_batch_counts", "choice", default_value("at_once"),
              "When a mini-batch whose try failed counts: at_once, until a later try succeeds, or once_given_up, when "
              "it has no tries left, as in v2 files."},
             failed_mini_batch_counts_codec()),
      option(group, {"run_max_try", "integer", default_value("3"), "Tries of one mini-batch before it is given up."},
             integer_codec(&Config::run_max_try, 1))};
}

/// The row file's endings that have a header line by themselves: ".csv and .tsv".
std::string endings_with_header() {
  std::vector<std::string> endings;
  for (const RowFileEnding& known : row_file_endings)
    if (known.has_header) endings.emplace_back(known.ending);
  return joined(endings, " and ");
}

std::vector<Option> split_and_output() {
  const std::string group = "How it is split and put together";
  return {
      option(group,
             {"mini_batch_size", "integer", default_words("10 files, 1 MB of a table; none with partition_keys"),
              "Files in one run() call; of a table about so many bytes, of hdf5 without a unit rows.", "10"},
             mini_batch_size_codec()),
      option(group,
             {"partition_keys", "list", default_words("none"),
              "Splits input that is partitioned by its paths; not together with mini_batch_size.", "[state, store]"},
             partition_keys_codec()),
      option(group,
             {"output_action", "choice", required(),
              "append_row puts all returned rows into one file; summary_only only counts them.", "append_row"},
             output_action_codec()),
      option(
          group,
          {"append_row_file_name", "file name", default_value("parallel_run_step.txt"),
           "The file of the rows, in the run folder; its ending (" + row_file_endings_text() + ") chooses the format."},
          row_file_name_codec()),
      as_driver_argument(with_follow(option(group,
                                            {"append_row_dataframe_header", "boolean",
                                             default_words("true for " + endings_with_header() + ", else false"),
                                             "Whether DataFrames are written with a header line."},
                                            boolean_codec(&Config::append_row_dataframe_header)),
                                     [](Config& config) {
                                       config.append_row_dataframe_header =
                                           has_header_by_default(config.append_row_file_name.value());
                                     }))};
}

std::vector<Option> where_it_runs() {
  const std::string group = "Where it runs";
  Option target = option(
      group,
      {"compute_target", "text", default_value("local"), "local, or the Slurm partition that a batch script names."},
      text_codec(&Config::compute_target, "local, or a Slurm partition's name"));
  target.v1_key = "compute_target_name";
  return {
      option(group,
             {"node_count", "integer", default_words("from the world; 1 where there is none yet"), "Machines.", "1"},
             integer_codec(&Config::node_count, 1)),
      as_driver_argument(option(
          group,
          {"process_count_per_node", "integer", default_words("from the world; else 1 with a GPU, else the cores"),
           "Script processes on each machine.", "2"},
          integer_codec(&Config::process_count_per_node, 1))),
      option(group,
             {"gpus_per_node", "integer", default_words("detected"),
              "GPUs of each machine, shared out among its script processes.", "0"},
             integer_codec(&Config::gpus_per_node, 0)),
      target,
      option(group,
             {"max_batches_per_process", "integer", default_words("unlimited"),
              "A script process is replaced after so many mini-batches.", "1000"},
             integer_codec(&Config::max_batches_per_process, 1))};
}

std::vector<Option> time_limits() {
  const std::string group = "Time limits, in seconds";
  const auto seconds = [&](const char* key, const Default& if_absent, const char* sentence,
                           std::optional<double> Config::*member, bool is_zero_allowed = false) {
    return option(group, {key, "seconds", if_absent, sentence}, seconds_codec(member, is_zero_allowed));
  };
  return {
      seconds("run_invocation_timeout", default_value("60"),
              "Limit of one run() call, its iterator and the conversion of its rows included.",
              &Config::run_invocation_timeout),
      as_driver_argument(seconds("task_overhead_timeout", default_value("30"),
                                 "Limit of handing over and loading one mini-batch.", &Config::task_overhead_timeout)),
      seconds("init_timeout", default_value("600"), "Limit of the script's start and init().", &Config::init_timeout),
      as_driver_argument(with_follow(
          seconds("progress_update_timeout",
                  default_words("3 times the sum of run_invocation_timeout and task_overhead_timeout"),
                  "The job fails when nothing ended for so long.", &Config::progress_update_timeout),
          [](Config& config) {
            const double three = 3 * (config.run_invocation_timeout.value() + config.task_overhead_timeout.value());
            // No more than the key itself may say, so that what `prs_mpi config` shows can be loaded.
            config.progress_update_timeout = std::min<double>(three, largest_integer);
          })),
      as_driver_argument(seconds("first_task_creation_timeout", default_value("600"),
                                 "Limit of planning the input until the first mini-batch is there.",
                                 &Config::first_task_creation_timeout)),
      seconds("grace_period", default_value("30"), "What running tries get to finish when the job is asked to stop.",
              &Config::grace_period, true),
      as_driver_argument(seconds("resource_monitor_interval", default_value("600"),
                                 "Time between two records of what the machines use; 0 turns them off.",
                                 &Config::resource_monitor_interval, true))};
}

std::vector<Option> what_is_seen() {
  const std::string group = "What is seen";
  return {option(group,
                 {"logging_level", "choice", default_value("INFO"),
                  "Level of the job's logs and of the script's root and EntryScript loggers."},
                 logging_level_codec()),
          option(group,
                 {"description", "text", default_words("none"), "Shown in the report.", "\"Reads digits from scans\""},
                 text_codec(&Config::description, "text"))};
}

}  // namespace

std::vector<Option> parallel_options() {
  std::vector<Option> table;
  for (const auto& group :
       {what_runs(), what_counts_as_failed(), split_and_output(), where_it_runs(), time_limits(), what_is_seen()})
    table.insert(table.end(), group.begin(), group.end());
  return table;
}

}  // namespace prs
