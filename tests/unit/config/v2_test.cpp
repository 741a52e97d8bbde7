// The v2 dialect: components and the parallel steps of pipelines, in native form (rules 2.1, 2.4).
#include "config_test_support.hpp"

namespace prs::test {
namespace {

using Texts = std::vector<std::string>;

/// A component that says all that is needed; with lines of one's own, and with those of its task.
std::string component(const std::string& lines = "", const std::string& task = "") {
  return "type: parallel\nname: predict\ninputs:\n  images: {type: uri_folder, path: data}\n"
         "input_data: ${{inputs.images}}\n" +
         lines + "task:\n  type: run_function\n  code: scripts\n  entry_script: digits.py\n" + task;
}

ConfigOverrides to_out(const Texts& inputs = {}) {
  ConfigOverrides overrides;
  overrides.output = "out";
  overrides.inputs = inputs;
  return overrides;
}

RunConfig v2(const Workplace& place, const std::string& text, const Texts& inputs = {}) {
  return loaded(place, text, to_out(inputs));
}

bool warns_of(const RunConfig& config, const std::string& text) {
  for (const std::string& warning : config.warnings)
    if (warning.find(text) != std::string::npos) return true;
  return false;
}

TEST(V2Component, HasDefaultsOfItsOwn) {
  const Workplace place;
  const RunConfig config = v2(place, component());
  EXPECT_EQ(config.name, "predict");
  EXPECT_EQ(config.inputs, (std::vector<InputConfig>{{"images", {place.path("data")}}}));
  EXPECT_EQ(config.output, place.path("out"));
  EXPECT_EQ(config.entry_script_path(), place.path("scripts/digits.py"));
  EXPECT_EQ(config.import_folder(), place.path("scripts"));
  EXPECT_EQ(config.parallel.error_threshold, -1);
  EXPECT_EQ(config.parallel.allowed_failed_count, -1);
  EXPECT_EQ(config.parallel.run_max_try, 3u);
  EXPECT_EQ(config.parallel.run_invocation_timeout, 60);
  EXPECT_EQ(config.parallel.node_count, 1u);
  EXPECT_FALSE(config.parallel.process_count_per_node);
  EXPECT_EQ(config.parallel.output_action, OutputAction::summary_only);
  EXPECT_EQ(config.parallel.failed_mini_batch_counts, FailedMiniBatchCounts::once_given_up);
  EXPECT_EQ(config.parallel.mini_batch_size, (MiniBatchSize{10, false}));
  EXPECT_TRUE(config.warnings.empty());
}

TEST(V2Component, NamesMapToTheNativeOnes) {
  const Workplace place;
  const RunConfig config =
      v2(place, component("mini_batch_size: \"7\"\nmini_batch_error_threshold: 4\nerror_threshold: 6\n"
                          "logging_level: DEBUG\nmax_concurrency_per_instance: 3\nis_deterministic: false\n"
                          "retry_settings: {max_retries: 5, timeout: 90}\nresources: {instance_count: 2}\n"
                          "environment_variables: {A: 1}\ndescription: reads\n"));
  EXPECT_EQ(config.parallel.mini_batch_size, (MiniBatchSize{7, false}));
  EXPECT_EQ(config.parallel.allowed_failed_count, 4);
  EXPECT_EQ(config.parallel.error_threshold, 6);
  EXPECT_EQ(config.parallel.logging_level, LoggingLevel::debug);
  EXPECT_EQ(config.parallel.process_count_per_node, 3u);
  EXPECT_EQ(config.parallel.run_max_try, 6u);
  EXPECT_EQ(config.parallel.run_invocation_timeout, 90);
  EXPECT_EQ(config.parallel.node_count, 2u);
  EXPECT_EQ(config.parallel.environment_variables.at("A"), "1");
  EXPECT_EQ(config.parallel.description, "reads");
  EXPECT_FALSE(config.allow_reuse);
  EXPECT_EQ(v2(place, component("instance_count: 4\n")).parallel.node_count, 4u);
}

TEST(V2Component, AppendRowToNamesTheRowFile) {
  const Workplace place;
  const auto name_of_rows = [&](const std::string& output) {
    const RunConfig config =
        v2(place, component("outputs:\n  rows: " + output + "\n", "  append_row_to: ${{outputs.rows}}\n"));
    EXPECT_EQ(config.parallel.output_action, OutputAction::append_row);
    EXPECT_TRUE(config.side_outputs.empty());
    return config.parallel.append_row_file_name;
  };
  EXPECT_EQ(name_of_rows("{type: uri_file}"), "parallel_run_step.txt");
  EXPECT_EQ(name_of_rows(""), "parallel_run_step.txt");
  EXPECT_EQ(name_of_rows("{type: uri_file, path: 'azureml://datastores/x/paths/y/rows.csv'}"), "rows.csv");
  EXPECT_EQ(name_of_rows("{type: uri_file, path: rows.jsonl}"), "rows.jsonl");
  EXPECT_EQ(name_of_rows("{type: uri_file, path: 'azureml://datastores/x/paths/${{name}}'}"), "parallel_run_step.txt");
  EXPECT_EQ(name_of_rows("{type: uri_folder, path: 'azureml://datastores/x/paths/y'}"), "parallel_run_step.txt");
  EXPECT_EQ(name_of_rows("{type: uri_folder, path: 'azureml://datastores/x/paths/y.tsv'}"), "y.tsv");
}

TEST(V2Component, PartitionKeysWinOverASize) {
  const Workplace place;
  const RunConfig config = v2(place, component("partition_keys: [store, brand]\nmini_batch_size: 5\n"));
  EXPECT_EQ(config.parallel.partition_keys, (Texts{"store", "brand"}));
  EXPECT_FALSE(config.parallel.mini_batch_size);
  EXPECT_TRUE(
      warns_of(config, "c.yaml:7:18: mini_batch_size is not used, since partition_keys say what a mini-batch is"))
      << config.warnings[0];
}

TEST(V2Component, OtherInputsAreSideInputsOrTexts) {
  const Workplace place;
  const RunConfig config =
      v2(place,
         "type: parallel\ninputs:\n  images: {type: uri_folder}\n  labels: {type: uri_file}\n"
         "  model: {type: mlflow_model, path: data}\n  size: {type: integer, default: 3}\n  word: {type: string}\n"
         "outputs:\n  pictures:\n  table: {type: uri_file}\n  rest: {type: uri_file, path: 'azureml://a/b/rest.csv'}\n"
         "  rows: {type: uri_file}\n  logs:\n"
         "input_data: ${{inputs.images}}\ntask:\n  code: scripts\n  entry_script: digits.py\n"
         "  append_row_to: ${{outputs.rows}}\n  program_arguments: >-\n    --labels ${{inputs.labels}}\n"
         "    --model=${{ inputs.model }}\n    --size ${{inputs.size}} --word '${{inputs.word}}' \"a b\" ''\n"
         "    ${{outputs.pictures}} ${{outputs.table}} ${{outputs.rest}} ${{outputs.rows}} ${{outputs.logs}} "
         "${{inputs.images}}\n",
         {"images=data", "labels=data/labels.txt", "word=x ${{y}}  z"});
  const std::string out = place.path("out");
  EXPECT_EQ(config.arguments,
            (Texts{"--labels", place.path("data/labels.txt"), "--model=" + place.path("data"), "--size", "3", "--word",
                   "x ${{y}}  z", "a b", "", out + "/pictures", out + "/table/table", out + "/rest/rest.csv",
                   out + "/parallel_run_step.txt", out + "/outputs/logs", place.path("data")}));
  EXPECT_EQ(config.side_outputs, (std::map<std::string, std::string>{{"logs", out + "/outputs/logs"},
                                                                     {"pictures", out + "/pictures"},
                                                                     {"rest", out + "/rest"},
                                                                     {"table", out + "/table"}}));
  EXPECT_EQ(config.side_inputs.size(), 3u);
  EXPECT_EQ(config.models.at("model").path, place.path("data"));
  EXPECT_EQ(config.inputs, (std::vector<InputConfig>{{"images", {place.path("data")}}}));
  RunConfig shown = read(place, text_of(config));
  shown.warnings = config.warnings;
  EXPECT_EQ(shown, config) << "what is shown, in native form, is the same run";
}

TEST(V2Component, OptionalArgumentsVanishWithTheirInput) {
  const Workplace place;
  const std::string text =
      "type: parallel\ninputs:\n  images: {type: uri_folder, path: data}\n  a: {type: string, optional: true}\n"
      "  b: {type: number, optional: true, default: 2}\ninput_data: ${{inputs.images}}\ntask:\n  code: scripts\n"
      "  entry_script: digits.py\n  program_arguments: first $[[--a ${{inputs.a}}]] $[[--b ${{inputs.b}} x]] "
      "$[[--ab ${{inputs.b}} ${{ inputs.a }}]] last\n";
  EXPECT_EQ(v2(place, text).arguments, (Texts{"first", "--b", "2", "x", "last"}));
  EXPECT_EQ(v2(place, text, {"a=A"}).arguments,
            (Texts{"first", "--a", "A", "--b", "2", "x", "--ab", "2", "A", "last"}));
}

TEST(V2Component, DriverArgumentsAreTakenOutAndBeatTheKeys) {
  const Workplace place;
  const std::string text =
      component("error_threshold: 1\n",
                "  program_arguments: >-\n    --error_threshold 5 --x 1\n    --copy_logs_to_parent True "
                "--allowed_failed_percent=30\n    --task_overhead_timeout 1200 -- --error_threshold 6\n");
  RunConfig config = v2(place, text);
  EXPECT_EQ(config.parallel.error_threshold, 5);
  EXPECT_EQ(config.parallel.allowed_failed_percent, 30);
  EXPECT_EQ(config.parallel.task_overhead_timeout, 1200);
  EXPECT_EQ(config.arguments, (Texts{"--x", "1", "--", "--error_threshold", "6"}));
  EXPECT_TRUE(warns_of(config,
                       "the argument '--copy_logs_to_parent' has no meaning here and does not reach the script; "
                       "logs and reports are in the run folder"));
  ConfigOverrides overrides = to_out();
  overrides.has_arguments = true;
  overrides.arguments = {"other", "--error_threshold", "7"};
  config = loaded(place, text, overrides);
  EXPECT_EQ(config.parallel.error_threshold, 7);
  EXPECT_EQ(config.parallel.allowed_failed_percent, 30);
  EXPECT_EQ(config.arguments, Texts{"other"});
  overrides.settings = {"error_threshold=8", "environment.python=/usr/bin/python3", "side_outputs.x=data"};
  EXPECT_EQ(loaded(place, text, overrides).parallel.error_threshold, 8);
}

TEST(V2Component, TakesMLTablesAndSeveralPathsFromTheCommandLine) {
  const Workplace place;
  place.write("t.csv", "a\n1\n");
  place.write("table/MLTable", "paths: [{file: ../t.csv}]\ntransformations: [{read_delimited: {}}]\n");
  const std::string text =
      "type: parallel\ninputs:\n  rows: {type: mltable, path: ./table, mode: direct}\ninput_data: ${{inputs.rows}}\n"
      "mini_batch_size: 10kb\ntask: {code: scripts, entry_script: digits.py}\n";
  const RunConfig config = v2(place, text);
  EXPECT_EQ(config.inputs[0].paths, Texts{place.path("t.csv")});
  EXPECT_TRUE(config.inputs[0].table);
  EXPECT_EQ(config.parallel.mini_batch_size, (MiniBatchSize{10240, true}));
  EXPECT_TRUE(warns_of(config, "no meaning here: 'inputs.rows.mode'; files are read and written where they are"));
  EXPECT_EQ(v2(place, component(), {"images=data", "images=table"}).inputs[0].paths,
            (Texts{place.path("data"), place.path("table")}));
  ConfigOverrides overrides = to_out();
  overrides.settings = {"inputs=[{name: images, path: data, format: csv, delimiter: ';'}]"};
  const RunConfig tabular = loaded(place, component("mini_batch_size: 1 MB\n"), overrides);
  EXPECT_EQ(tabular.inputs[0].table->delimiter, ';');
}

TEST(V2Component, MayBeNamedByANativeFile) {
  const Workplace place;
  place.write("sub/v2.yml", component("outputs: {pictures: {type: uri_folder}}\nmini_batch_size: 4\n",
                                      "  environment: azureml:x@latest\n  program_arguments: ${{inputs.images}} "
                                      "${{outputs.pictures}} --error_threshold 9\n"));
  place.write("sub/scripts/digits.py", "");
  const RunConfig config = loaded(place,
                                  "inputs: [{name: images, path: data}, {name: more, path: scripts}]\noutput: out\n"
                                  "name: mine\nparallel_run_config: sub/v2.yml\n");
  EXPECT_EQ(config.name, "mine");
  EXPECT_EQ(config.inputs.size(), 2u);
  EXPECT_EQ(config.entry_script_path(), place.path("sub/scripts/digits.py"));
  EXPECT_EQ(config.arguments, (Texts{place.path("data"), place.path("out/pictures")}));
  EXPECT_EQ(config.parallel.error_threshold, 9);
  EXPECT_TRUE(warns_of(config, "sub/v2.yml:12:16: environment: 'azureml:x@latest' has no meaning here"))
      << config.warnings[0];
}

TEST(V2Component, NeedsNoPathWhereTheNativeFileSaysWhatIsSplit) {
  const Workplace place;
  place.write("v2.yml",
              "type: parallel\ninputs: {images: {type: uri_folder}, labels: {type: uri_file}}\n"
              "input_data: ${{inputs.images}}\ntask: {code: scripts, entry_script: digits.py, program_arguments: "
              "'${{inputs.labels}}'}\n");
  const RunConfig config = loaded(place,
                                  "inputs: [{name: pages, path: data}]\noutput: out\nside_inputs: {labels: "
                                  "data/labels.txt}\nparallel_run_config: v2.yml\n");
  EXPECT_EQ(config.inputs, (std::vector<InputConfig>{{"pages", {place.path("data")}}}));
  EXPECT_EQ(config.arguments, Texts{place.path("data/labels.txt")});
}

const char* const two_steps =
    "$schema: https://x/pipelineJob.schema.json\ntype: pipeline\ndisplay_name: both\n"
    "settings: {default_compute: azureml:cpu, force_rerun: true}\ncompute: azureml:c\n"
    "inputs:\n  all: {type: uri_folder, path: data}\n  word: hello\n"
    "jobs:\n  prepare: {type: command, command: echo, component: ./none.yml}\n"
    "  first:\n    type: parallel\n    component: ./part/component.yml\n    compute: azureml:cpu\n"
    "    inputs: {images: '${{parent.inputs.all}}', greeting: '${{ parent.inputs.word }}'}\n"
    "    resources: {instance_count: 2, instance_type: Standard_D2_v2}\n"
    "  second:\n    type: parallel\n    inputs: {d: {path: '${{parent.inputs.all}}', mode: ro_mount}}\n"
    "    input_data: ${{inputs.d}}\n    task: {code: scripts, entry_script: digits.py}\n";

Workplace& with_component(Workplace& place) {
  place.write("part/component.yml",
              "type: parallel\ninputs:\n  images: {type: uri_folder}\n  greeting: {type: string}\n"
              "input_data: ${{inputs.images}}\nretry_settings: {max_retries: 1, timeout: 5}\n"
              "resources: {instance_count: 1}\n"
              "task: {code: ../scripts, entry_script: digits.py, program_arguments: 'a ${{inputs.greeting}}'}\n");
  return place;
}

TEST(V2Pipeline, RunsTheStepThatIsNamed) {
  Workplace place;
  with_component(place);
  ConfigOverrides overrides = to_out();
  overrides.step = "first";
  const RunConfig config = loaded(place, two_steps, overrides);
  EXPECT_EQ(config.name, "first");
  EXPECT_EQ(config.inputs, (std::vector<InputConfig>{{"images", {place.path("data")}}}));
  EXPECT_EQ(config.arguments, (Texts{"a", "hello"}));
  EXPECT_EQ(config.parallel.node_count, 2u);
  EXPECT_EQ(config.parallel.run_max_try, 2u);
  EXPECT_EQ(config.parallel.run_invocation_timeout, 5);
  EXPECT_EQ(config.entry_script_path(), place.path("scripts/digits.py"));
  EXPECT_EQ(config.warnings,
            (Texts{"c.yaml:4:12: no meaning here: 'settings.default_compute', 'settings.force_rerun', 'compute', "
                   "'resources.instance_type'; the job runs where mpirun or Slurm starts it",
                   "c.yaml:10:3: of this pipeline only the step 'first' runs here, and not 'prepare', 'second'; what "
                   "these make must be there already"}));
  overrides.step = "second";
  EXPECT_EQ(loaded(place, two_steps, overrides).inputs[0].paths, Texts{place.path("data")});
  overrides.inputs = {"all=scripts"};
  EXPECT_EQ(loaded(place, two_steps, overrides).inputs[0].paths, Texts{place.path("scripts")});
  overrides.inputs = {"d=part"};
  EXPECT_EQ(loaded(place, two_steps, overrides).inputs[0].paths, Texts{place.path("part")});
}

TEST(V2Pipeline, StepsMayHaveTheirComponentInsideOfThem) {
  const Workplace place;
  const RunConfig config = v2(place,
                              "jobs:\n  one:\n    inputs: {images: {path: data}}\n    mini_batch_size: 2\n    "
                              "component:\n      type: parallel\n"
                              "      inputs: {images: {type: uri_folder}}\n      input_data: ${{inputs.images}}\n"
                              "      mini_batch_size: 3\n      task: {code: scripts, entry_script: digits.py}\n");
  EXPECT_EQ(config.name, "one");
  EXPECT_EQ(config.parallel.mini_batch_size, (MiniBatchSize{2, false}));
}

}  // namespace
}  // namespace prs::test
