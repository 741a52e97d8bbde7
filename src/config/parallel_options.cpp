#include "config/parallel_options.hpp"

#include "config/option_codecs.hpp"

namespace prs {
namespace {

using Config = ParallelRunConfig;

/// What people read about a key.
struct Words {
  std::string key, type, default_text, sentence, example;
};

Option option(const std::string& group, Words words, Codec codec) {
  Option made;
  made.group = group;
  made.key = std::move(words.key);
  made.type = std::move(words.type);
  made.default_text = std::move(words.default_text);
  made.sentence = std::move(words.sentence);
  made.example = std::move(words.example);
  made.allowed = std::move(codec.allowed);
  made.read = std::move(codec.read);
  made.text = std::move(codec.text);
  return made;
}

Option as_driver_argument(Option made) {
  made.is_driver_argument = true;
  return made;
}

void add_what_runs(std::vector<Option>& table) {
  const std::string group = "What runs";
  table.push_back(option(group,
                         {"entry_script", "path", "required",
                          "The script with init() and run(mini_batch): relative to source_directory if that is given, "
                          "in a sub-folder if you like, or a dotted module name.",
                          "digits.py"},
                         entry_script_codec()));
  table.push_back(option(group,
                         {"source_directory", "path", "the entry script's own folder",
                          "The folder on the script's import path; it must exist.", "scripts"},
                         source_directory_codec()));
  table.push_back(option(group,
                         {"environment", "mapping or name", "python3 on the PATH",
                          "How the interpreter is started: python: (an interpreter), venv: (a folder), conda: (a name "
                          "or folder), container: (an image, by apptainer or singularity) or prefix: (command words "
                          "before the interpreter); a bare name is a conda environment.",
                          "{python: /usr/bin/python3}"},
                         environment_codec()));
  table.push_back(option(group,
                         {"environment_variables", "mapping", "none",
                          "Set in the script's process, each value as it is written here.", "{MODEL_SIZE: small}"},
                         environment_variables_codec()));
  table.push_back(as_driver_argument(
      option(group, {"profiling_module", "choice", "none", "Profiles run() with this module of Python's.", "none"},
             profiling_module_codec())));
}

void add_what_counts_as_failed(std::vector<Option>& table) {
  const std::string group = "What counts as failed";
  table.push_back(as_driver_argument(
      option(group,
             {"error_threshold", "integer", "required",
              "Failed items tolerated over the whole input; one more aborts the job; -1 ignores them.", "10"},
             error_threshold_codec())));
  table.push_back(
      as_driver_argument(option(group,
                                {"allowed_failed_count", "integer", "-1",
                                 "Failed mini-batches tolerated; one more aborts the job; -1 ignores them.", "-1"},
                                integer_codec(&Config::allowed_failed_count, -1))));
  table.push_back(as_driver_argument(
      option(group,
             {"allowed_failed_percent", "number", "100",
              "Failed mini-batches tolerated, in percent of all, looked at once all were handed out; 100 ignores them.",
              "100"},
             number_codec(&Config::allowed_failed_percent, {0, true, 100}, "a number from 0 to 100"))));
  table.push_back(option(group, {"run_max_try", "integer", "3", "Tries of one mini-batch before it is given up.", "3"},
                         integer_codec(&Config::run_max_try, 1)));
}

void add_split_and_output(std::vector<Option>& table) {
  const std::string group = "How it is split and put together";
  table.push_back(
      option(group, {"mini_batch_size", "integer", "10", "Files in one run() call.", "10"}, mini_batch_size_codec()));
  Option keys =
      option(group,
             {"partition_keys", "list", "none",
              "Splits input that is partitioned by its paths; not together with mini_batch_size.", "[state, store]"},
             partition_keys_codec());
  keys.is_supported = false;
  table.push_back(keys);
  table.push_back(
      option(group,
             {"output_action", "choice", "required",
              "append_row puts all returned rows into one file; summary_only only counts them.", "append_row"},
             output_action_codec()));
  table.push_back(
      option(group,
             {"append_row_file_name", "file name", "parallel_run_step.txt",
              "The file of the rows, in the run folder; its ending (.txt, .csv, .tsv, .jsonl) chooses the format.",
              "parallel_run_step.txt"},
             row_file_name_codec()));
  table.push_back(
      as_driver_argument(option(group,
                                {"append_row_dataframe_header", "boolean", "true for .csv and .tsv, else false",
                                 "Whether DataFrames are written with a header line.", "false"},
                                boolean_codec(&Config::append_row_dataframe_header))));
}

void add_where_it_runs(std::vector<Option>& table) {
  const std::string group = "Where it runs";
  table.push_back(option(group,
                         {"node_count", "integer", "from the world; 1 where there is none yet", "Machines.", "1"},
                         integer_codec(&Config::node_count, 1)));
  table.push_back(as_driver_argument(
      option(group,
             {"process_count_per_node", "integer", "from the world; else 1 with a GPU, else the cores",
              "Script processes on each machine.", "2"},
             integer_codec(&Config::process_count_per_node, 1))));
  table.push_back(option(
      group,
      {"gpus_per_node", "integer", "detected", "GPUs of each machine, shared out among its script processes.", "0"},
      integer_codec(&Config::gpus_per_node, 0)));
  Option target = option(
      group, {"compute_target", "text", "local", "local, or the Slurm partition that a batch script names.", "local"},
      text_codec(&Config::compute_target, "local, or a Slurm partition's name"));
  target.v1_key = "compute_target_name";
  table.push_back(target);
  table.push_back(option(group,
                         {"max_batches_per_process", "integer", "unlimited",
                          "A script process is replaced after so many mini-batches.", "1000"},
                         integer_codec(&Config::max_batches_per_process, 1)));
}

void add_time_limits(std::vector<Option>& table) {
  const std::string group = "Time limits, in seconds";
  table.push_back(option(group,
                         {"run_invocation_timeout", "seconds", "60",
                          "Limit of one run() call, its iterator and the conversion of its rows included.", "60"},
                         seconds_codec(&Config::run_invocation_timeout, false)));
  table.push_back(as_driver_argument(option(
      group, {"task_overhead_timeout", "seconds", "30", "Limit of handing over and loading one mini-batch.", "30"},
      seconds_codec(&Config::task_overhead_timeout, false))));
  table.push_back(option(group, {"init_timeout", "seconds", "600", "Limit of the script's start and init().", "600"},
                         seconds_codec(&Config::init_timeout, false)));
  table.push_back(as_driver_argument(option(
      group,
      {"progress_update_timeout", "seconds", "3 times the sum of run_invocation_timeout and task_overhead_timeout",
       "The job fails when nothing ended for so long.", "270"},
      seconds_codec(&Config::progress_update_timeout, false))));
  table.push_back(as_driver_argument(option(group,
                                            {"first_task_creation_timeout", "seconds", "600",
                                             "Limit of planning the input until the first mini-batch is there.", "600"},
                                            seconds_codec(&Config::first_task_creation_timeout, false))));
  table.push_back(option(
      group, {"grace_period", "seconds", "30", "What running tries get to finish when the job is asked to stop.", "30"},
      seconds_codec(&Config::grace_period, true)));
  table.push_back(
      as_driver_argument(option(group,
                                {"resource_monitor_interval", "seconds", "600",
                                 "Time between two records of what the machines use; 0 turns them off.", "600"},
                                seconds_codec(&Config::resource_monitor_interval, true))));
}

void add_what_is_seen(std::vector<Option>& table) {
  const std::string group = "What is seen";
  table.push_back(option(group,
                         {"logging_level", "choice", "INFO",
                          "Level of the job's logs and of the script's root and EntryScript loggers.", "INFO"},
                         logging_level_codec()));
  table.push_back(option(group, {"description", "text", "none", "Shown in the report.", "\"Reads digits from scans\""},
                         text_codec(&Config::description, "text")));
}

}  // namespace

std::vector<Option> parallel_options() {
  std::vector<Option> table;
  add_what_runs(table);
  add_what_counts_as_failed(table);
  add_split_and_output(table);
  add_where_it_runs(table);
  add_time_limits(table);
  add_what_is_seen(table);
  return table;
}

}  // namespace prs
