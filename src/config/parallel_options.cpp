#include "config/parallel_options.hpp"

#include "config/environment.hpp"
#include "config/paths.hpp"
#include "config/yaml_text.hpp"

namespace prs {
namespace {

using Config = ParallelRunConfig;

/// How a kind of key is read and written, with what is allowed there.
struct Codec {
  std::string allowed;
  std::function<void(ReadContext&, const Field&, Config&)> read;
  std::function<std::string(const Config&, const TextPlace&)> text;
};

template <class Integer>
Codec integer(std::optional<Integer> Config::*member, std::int64_t least) {
  return {"an integer from " + std::to_string(least) + " to " + std::to_string(largest_integer),
          [=](ReadContext& context, const Field& field, Config& config) {
            if (const auto value = read_integer(context, field, least)) config.*member = static_cast<Integer>(*value);
          },
          [=](const Config& config, const TextPlace&) {
            return config.*member ? std::to_string(*(config.*member)) : std::string();
          }};
}

Codec number(std::optional<double> Config::*member, const NumberRange& range, const std::string& allowed) {
  return {allowed,
          [=](ReadContext& context, const Field& field, Config& config) {
            if (const auto value = read_number(context, field, range)) config.*member = *value;
          },
          [=](const Config& config, const TextPlace&) {
            return config.*member ? yaml_number(*(config.*member)) : std::string();
          }};
}

Codec seconds(std::optional<double> Config::*member, bool is_zero_allowed) {
  const std::string most = std::to_string(largest_integer);
  return number(member, {0, is_zero_allowed, static_cast<double>(largest_integer)},
                is_zero_allowed ? "seconds from 0 to " + most : "seconds greater than 0, up to " + most);
}

Codec boolean(std::optional<bool> Config::*member) {
  return {"true or false, without quotes",
          [=](ReadContext& context, const Field& field, Config& config) {
            if (const auto value = read_boolean(context, field)) config.*member = *value;
          },
          [=](const Config& config, const TextPlace&) {
            return config.*member ? std::string(*(config.*member) ? "true" : "false") : std::string();
          }};
}

Codec text_value(std::optional<std::string> Config::*member, const std::string& allowed) {
  return {allowed,
          [=](ReadContext& context, const Field& field, Config& config) {
            if (const auto value = read_text(context, field)) config.*member = *value;
          },
          [=](const Config& config, const TextPlace&) {
            return config.*member ? yaml_scalar(*(config.*member)) : std::string();
          }};
}

Codec error_threshold() {
  return {"an integer from -1 to " + std::to_string(largest_integer),
          [](ReadContext& context, const Field& field, Config& config) {
            if (const auto value = read_integer(context, field, -1)) config.error_threshold = *value;
          },
          [](const Config& config, const TextPlace&) { return std::to_string(config.error_threshold); }};
}

Codec output_action() {
  return {"append_row or summary_only",
          [](ReadContext& context, const Field& field, Config& config) {
            if (const auto value = read_choice(context, field, {"append_row", "summary_only"}))
              config.output_action = *value == 0 ? OutputAction::append_row : OutputAction::summary_only;
          },
          [](const Config& config, const TextPlace&) {
            return std::string(config.output_action == OutputAction::append_row ? "append_row" : "summary_only");
          }};
}

Codec logging_level() {
  static const std::vector<std::string> levels = {"WARNING", "INFO", "DEBUG"};
  return {"WARNING, INFO or DEBUG",
          [](ReadContext& context, const Field& field, Config& config) {
            if (const auto value = read_choice(context, field, levels))
              config.logging_level = static_cast<LoggingLevel>(*value);
          },
          [](const Config& config, const TextPlace&) {
            return config.logging_level ? levels[static_cast<std::size_t>(*config.logging_level)] : std::string();
          }};
}

Codec profiling_module() {
  static const std::vector<std::string> modules = {"cProfile", "profile", "none"};
  return {"cProfile, profile or none",
          [](ReadContext& context, const Field& field, Config& config) {
            if (const auto value = read_choice(context, field, modules)) config.profiling_module = modules[*value];
          },
          [](const Config& config, const TextPlace&) {
            return config.profiling_module ? yaml_scalar(*config.profiling_module) : std::string();
          }};
}

Codec entry_script() {
  return {"a file's path or a dotted module name",
          // Whether it is beside a source_directory is known only when the whole mapping was read: see read_paths().
          [](ReadContext& context, const Field& field, Config& config) {
            if (const auto path = read_expanded(context, field)) config.entry_script = *path;
          },
          [](const Config& config, const TextPlace& place) {
            if (config.entry_script.empty()) return std::string();
            if (config.source_directory) return yaml_scalar(escaped_path(config.entry_script));
            const bool is_relative = place.keeps_relative && config.written_relative.entry_script;
            return yaml_scalar(path_text(config.entry_script, place.folder, is_relative));
          }};
}

Codec source_directory() {
  return {"the path of a folder that exists",
          [](ReadContext& context, const Field& field, Config& config) {
            const auto path = read_path(context, field);
            if (!path) return;
            if (context.checks_files && !is_folder(path->path)) {
              context.notes.mistake(field.value.place, field.name + " is " + in_quotes(path->path) +
                                                           ", which is no folder; allowed: " + field.allowed +
                                                           nearest_file_hint(path->path));
              return;
            }
            config.source_directory = path->path;
            config.written_relative.source_directory = path->was_relative;
          },
          [](const Config& config, const TextPlace& place) {
            if (!config.source_directory) return std::string();
            const bool is_relative = place.keeps_relative && config.written_relative.source_directory;
            return yaml_scalar(path_text(*config.source_directory, place.folder, is_relative));
          }};
}

Codec environment() {
  return {"python:, venv:, conda:, container: or prefix:, or a conda environment's name",
          [](ReadContext& context, const Field& field, Config& config) {
            const auto read = read_environment(context, field);
            if (!read) return;
            config.environment = read->environment;
            config.written_relative.environment = read->was_relative;
          },
          [](const Config& config, const TextPlace& place) {
            if (!config.environment) return std::string();
            const bool is_relative = place.keeps_relative && config.written_relative.environment;
            return environment_text(*config.environment, place.folder, is_relative);
          }};
}

Codec environment_variables() {
  return {"a mapping of names and values",
          [](ReadContext& context, const Field& field, Config& config) {
            if (auto variables = read_environment_variables(context, field))
              config.environment_variables = std::move(*variables);
          },
          [](const Config& config, const TextPlace&) {
            return config.environment_variables.empty() ? std::string() : yaml_mapping(config.environment_variables);
          }};
}

Codec row_file_name() {
  return {"a file name of 1 to 200 bytes without '..' and without any of ~\"#%&*:<>?/\\{}|",
          [](ReadContext& context, const Field& field, Config& config) {
            if (const auto name = read_row_file_name(context, field)) config.append_row_file_name = *name;
          },
          [](const Config& config, const TextPlace&) {
            return config.append_row_file_name ? yaml_scalar(*config.append_row_file_name) : std::string();
          }};
}

std::string mini_batch_size_text(const MiniBatchSize& size) {
  if (!size.has_unit) return std::to_string(size.value);
  std::uint64_t number = size.value;
  std::size_t steps = 0;
  while (steps < 4 && number > 0 && number % 1024 == 0) {
    number /= 1024;
    ++steps;
  }
  static const char* const units[] = {" B", " KB", " MB", " GB", " TB"};
  return yaml_scalar(std::to_string(number) + units[steps]);
}

Codec mini_batch_size() {
  return {"an integer from 1 to 2147483647, for tables also with a unit: 1024, \"1024 KB\", \"10MB\", \"1 GB\"",
          [](ReadContext& context, const Field& field, Config& config) {
            const auto size = read_mini_batch_size(context, field);
            if (!size) return;
            if (context.is_run && size->has_unit)
              refuse(context, {field.name, "a number of files, without a unit", field.value});
            else
              config.mini_batch_size = *size;
          },
          [](const Config& config, const TextPlace&) {
            return config.mini_batch_size ? mini_batch_size_text(*config.mini_batch_size) : std::string();
          }};
}

Codec partition_keys() {
  return {"a list of different names, or such a list as JSON in a string",
          [](ReadContext& context, const Field& field, Config& config) {
            if (const auto keys = read_partition_keys(context, field)) config.partition_keys = *keys;
          },
          [](const Config& config, const TextPlace&) {
            return config.partition_keys.empty() ? std::string() : yaml_list(config.partition_keys);
          }};
}

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
                         entry_script()));
  table.push_back(option(group,
                         {"source_directory", "path", "the entry script's own folder",
                          "The folder on the script's import path; it must exist.", "scripts"},
                         source_directory()));
  table.push_back(option(group,
                         {"environment", "mapping or name", "python3 on the PATH",
                          "How the interpreter is started: python: (an interpreter), venv: (a folder), conda: (a name "
                          "or folder), container: (an image, by apptainer or singularity) or prefix: (command words "
                          "before the interpreter); a bare name is a conda environment.",
                          "{python: /usr/bin/python3}"},
                         environment()));
  table.push_back(option(group,
                         {"environment_variables", "mapping", "none",
                          "Set in the script's process, each value as it is written here.", "{MODEL_SIZE: small}"},
                         environment_variables()));
  table.push_back(as_driver_argument(
      option(group, {"profiling_module", "choice", "none", "Profiles run() with this module of Python's.", "none"},
             profiling_module())));
}

void add_what_counts_as_failed(std::vector<Option>& table) {
  const std::string group = "What counts as failed";
  table.push_back(as_driver_argument(
      option(group,
             {"error_threshold", "integer", "required",
              "Failed items tolerated over the whole input; one more aborts the job; -1 ignores them.", "10"},
             error_threshold())));
  table.push_back(
      as_driver_argument(option(group,
                                {"allowed_failed_count", "integer", "-1",
                                 "Failed mini-batches tolerated; one more aborts the job; -1 ignores them.", "-1"},
                                integer(&Config::allowed_failed_count, -1))));
  table.push_back(as_driver_argument(
      option(group,
             {"allowed_failed_percent", "number", "100",
              "Failed mini-batches tolerated, in percent of all, looked at once all were handed out; 100 ignores them.",
              "100"},
             number(&Config::allowed_failed_percent, {0, true, 100}, "a number from 0 to 100"))));
  table.push_back(option(group, {"run_max_try", "integer", "3", "Tries of one mini-batch before it is given up.", "3"},
                         integer(&Config::run_max_try, 1)));
}

void add_split_and_output(std::vector<Option>& table) {
  const std::string group = "How it is split and put together";
  table.push_back(
      option(group, {"mini_batch_size", "integer", "10", "Files in one run() call.", "10"}, mini_batch_size()));
  Option keys =
      option(group,
             {"partition_keys", "list", "none",
              "Splits input that is partitioned by its paths; not together with mini_batch_size.", "[state, store]"},
             partition_keys());
  keys.is_supported = false;
  table.push_back(keys);
  table.push_back(
      option(group,
             {"output_action", "choice", "required",
              "append_row puts all returned rows into one file; summary_only only counts them.", "append_row"},
             output_action()));
  table.push_back(
      option(group,
             {"append_row_file_name", "file name", "parallel_run_step.txt",
              "The file of the rows, in the run folder; its ending (.txt, .csv, .tsv, .jsonl) chooses the format.",
              "parallel_run_step.txt"},
             row_file_name()));
  table.push_back(
      as_driver_argument(option(group,
                                {"append_row_dataframe_header", "boolean", "true for .csv and .tsv, else false",
                                 "Whether DataFrames are written with a header line.", "false"},
                                boolean(&Config::append_row_dataframe_header))));
}

void add_where_it_runs(std::vector<Option>& table) {
  const std::string group = "Where it runs";
  table.push_back(option(group,
                         {"node_count", "integer", "from the world; 1 where there is none yet", "Machines.", "1"},
                         integer(&Config::node_count, 1)));
  table.push_back(as_driver_argument(
      option(group,
             {"process_count_per_node", "integer", "from the world; else 1 with a GPU, else the cores",
              "Script processes on each machine.", "2"},
             integer(&Config::process_count_per_node, 1))));
  table.push_back(option(
      group,
      {"gpus_per_node", "integer", "detected", "GPUs of each machine, shared out among its script processes.", "0"},
      integer(&Config::gpus_per_node, 0)));
  Option target = option(
      group, {"compute_target", "text", "local", "local, or the Slurm partition that a batch script names.", "local"},
      text_value(&Config::compute_target, "local, or a Slurm partition's name"));
  target.v1_key = "compute_target_name";
  table.push_back(target);
  table.push_back(option(group,
                         {"max_batches_per_process", "integer", "unlimited",
                          "A script process is replaced after so many mini-batches.", "1000"},
                         integer(&Config::max_batches_per_process, 1)));
}

void add_time_limits(std::vector<Option>& table) {
  const std::string group = "Time limits, in seconds";
  table.push_back(option(group,
                         {"run_invocation_timeout", "seconds", "60",
                          "Limit of one run() call, its iterator and the conversion of its rows included.", "60"},
                         seconds(&Config::run_invocation_timeout, false)));
  table.push_back(as_driver_argument(option(
      group, {"task_overhead_timeout", "seconds", "30", "Limit of handing over and loading one mini-batch.", "30"},
      seconds(&Config::task_overhead_timeout, false))));
  table.push_back(option(group, {"init_timeout", "seconds", "600", "Limit of the script's start and init().", "600"},
                         seconds(&Config::init_timeout, false)));
  table.push_back(as_driver_argument(option(
      group,
      {"progress_update_timeout", "seconds", "3 times the sum of run_invocation_timeout and task_overhead_timeout",
       "The job fails when nothing ended for so long.", "270"},
      seconds(&Config::progress_update_timeout, false))));
  table.push_back(as_driver_argument(option(group,
                                            {"first_task_creation_timeout", "seconds", "600",
                                             "Limit of planning the input until the first mini-batch is there.", "600"},
                                            seconds(&Config::first_task_creation_timeout, false))));
  table.push_back(option(
      group, {"grace_period", "seconds", "30", "What running tries get to finish when the job is asked to stop.", "30"},
      seconds(&Config::grace_period, true)));
  table.push_back(
      as_driver_argument(option(group,
                                {"resource_monitor_interval", "seconds", "600",
                                 "Time between two records of what the machines use; 0 turns them off.", "600"},
                                seconds(&Config::resource_monitor_interval, true))));
}

void add_what_is_seen(std::vector<Option>& table) {
  const std::string group = "What is seen";
  table.push_back(option(group,
                         {"logging_level", "choice", "INFO",
                          "Level of the job's logs and of the script's root and EntryScript loggers.", "INFO"},
                         logging_level()));
  table.push_back(option(group, {"description", "text", "none", "Shown in the report.", "\"Reads digits from scans\""},
                         text_value(&Config::description, "text")));
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
