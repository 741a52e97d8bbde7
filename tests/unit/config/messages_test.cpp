// Messages that no short file gives: those of the command line, of limits, and of what ranks send to one another. Those
// of files stand in broken/. tests/structure/test_config_messages.py looks for each message in one of the two.
#include <functional>

#include "config_test_support.hpp"
#include "support/errors.hpp"

namespace prs::test {
namespace {

std::string repeated(const std::string& piece, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += piece;
  return text;
}

void expect_message(const std::string& mistakes, const std::string& expected) {
  EXPECT_NE(mistakes.find(expected), std::string::npos) << expected << "\n in \n" << mistakes.substr(0, 2000);
}

void expect_warning(const RunConfig& config, const std::string& expected) {
  for (const std::string& warning : config.warnings)
    if (warning.find(expected) != std::string::npos) return;
  ADD_FAILURE() << expected << " in " << config.warnings.size() << " warnings, of which the first is "
                << (config.warnings.empty() ? "none" : config.warnings[0]);
}

std::string text_of_error(const std::function<void()>& act) {
  try {
    act();
    return "";
  } catch (const std::exception& error) {
    return error.what();
  }
}

TEST(Messages, OfTexts) {
  const Workplace place;
  const auto expect = [&](const std::string& text, const std::string& message) {
    expect_message(mistakes_in(place, text), message);
  };
  expect(std::string((16u << 20) + 1, ' '),
         "c.yaml:1:1: is larger than 16 MiB; name a folder or a glob instead of many files");
  expect(
      repeated("[]", 300'000),
      "c.yaml:1:1: has more than 500000 of the characters []{},:?&*!%; name a folder or a glob instead of many files");
  expect(repeated("- x\n", 300'001),
         "has more than 300000 values, those of aliases included; name a folder or a glob instead");
  expect("a: &a \"" + std::string(1 << 20, 'x') + "\"\nb: [" + repeated("*a, ", 40) + "]\n",
         "has more than 32 MiB of text, that of aliases included");
  expect(repeated("[", 100), "values are nested too deeply; allowed: 64 levels");
  expect(repeated("k: v\n", 1200),
         "there is more to mend than is listed here: only the first 1000 mistakes and warnings are kept");
}

TEST(Messages, OfTheCommandLine) {
  const Workplace place;
  ConfigOverrides overrides;
  overrides.settings = {"run_max_try"};
  expect_message(mistakes_in(place, native(), overrides),
                 "--set run_max_try: --set needs a key and a value; allowed: --set key=value");
  overrides = {};
  overrides.step = "predict";
  EXPECT_EQ(mistakes_in(place, native(), overrides),
            "--step predict: --step names a step of a v2 pipeline, and this configuration is none; leave it out");
  const std::string component =
      "type: parallel\ninputs: {images: {type: uri_folder}}\ninput_data: ${{inputs.images}}\n"
      "task: {entry_script: scripts/digits.py}\n";
  overrides.output = "out";
  expect_message(mistakes_in(place, component, overrides),
                 "c.yaml:1:1: --step 'predict' is given, and this file is one component; allowed: without --step");
  overrides.step = "";
  overrides.inputs = {"images=data", "image=data"};
  EXPECT_EQ(mistakes_in(place, component, overrides),
            "--input image=data: the component has no input 'image'; did you mean 'images'?");
  const std::string pipeline = "jobs:\n  a: {type: command}\n  predict: {type: parallel}\n";
  overrides.step = "predikt";
  expect_message(mistakes_in(place, pipeline, overrides),
                 "c.yaml:2:3: --step 'predikt' names no step of this pipeline; did you mean 'predict'?");
  overrides.step = "a";
  expect_message(mistakes_in(place, pipeline, overrides),
                 "c.yaml:2:3: the step 'a' that --step names is not of type: parallel; allowed: one that is");
  overrides = {};
  overrides.output = "out";
  overrides.inputs = {"d=data"};
  expect_message(mistakes_in(place, "entry_script: digits.py\narguments: \"a 'b\"\n", overrides),
                 "c.yaml:2:12: arguments is 'a 'b'; allowed: a list of texts");
}

TEST(Messages, OfWhatIsUsedInstead) {
  const Workplace place;
  RunConfig config = loaded(place, native("", "  environment: azureml:x:1\n"));
  expect_warning(config,
                 "c.yaml:8:16: environment: 'azureml:x:1' has no meaning here; python3 on the PATH is used instead "
                 "(python:, venv:, conda:, container: or prefix: names another)");
  config = loaded(place, native("", "  environment: {name: x, image: y, python: python3}\n"));
  expect_warning(config, "c.yaml:8:16: environment: 'name', 'image' have no meaning here; python: is used");
  place.write("table/MLTable",
              "paths: [{folder: ../data}]\ntransformations:\n"
              "  - extract_columns_from_partition_format: {partition_format: '{a}.txt'}\n");
  config =
      loaded(place, "inputs: [{name: a, path: table, type: mltable}]\n" + native().substr(native().find("output")));
  expect_warning(config,
                 "input 1 has a partition_format and the run no partition_keys: files have no columns for its keys, so "
                 "it is not used");
  expect_message(mistakes_in(place, "inputs: [{name: a, path: data, partition_format: '{a}.txt'}]\n" +
                                        native().substr(native().find("output"))),
                 "files have no columns for its keys; give partition_keys, or remove it");
  config = loaded(place, "inputs: [{name: d, path: data}]\noutput: out\nparallel_run_config: v2.yml\n", [&] {
    place.write(
        "v2.yml",
        "type: pipeline\nstrange: 1\nsettings: {default_compute: x}\nservices: [a]\ninputs: {w: {type: string}}\n"
        "jobs:\n  train: {type: command}\n  predict:\n    type: parallel\n    strange: 2\n"
        "    inputs: {d: {type: uri_folder, mode: direct, strange: 3}}\n"
        "    outputs: {o: {path: 'azureml://x/y'}}\n    resources: {instance_typ: x}\n"
        "    input_data: ${{inputs.d}}\n    task: {entry_script: scripts/digits.py, strange: 4}\n");
    return ConfigOverrides{};
  }());
  for (const char* expected :
       {"v2.yml:2:1: unknown key 'strange' in the pipeline; allowed: jobs, inputs, outputs",
        "v2.yml:3:12: no meaning here: 'settings.default_compute', 'services'; the job runs where mpirun or Slurm "
        "starts it",
        "v2.yml:7:3: of this pipeline only the step 'predict' runs here, and not 'train'; what these make must be "
        "there already",
        "v2.yml:10:5: unknown key 'strange' in the step 'predict'; allowed: ",
        "v2.yml:11:36: no meaning here: 'inputs.d.mode'; files are read and written where they are",
        "v2.yml:11:50: unknown key 'strange' in inputs.d; allowed: type",
        "v2.yml:12:19: no place here: 'outputs.o.path'; what the job writes is in the run folder (--output)",
        "v2.yml:13:17: unknown key 'instance_typ' in resources; did you mean 'instance_type'?",
        "v2.yml:15:45: unknown key 'strange' in task; allowed: type, code"})
    expect_warning(config, expected);
}

TEST(Messages, OfProgramArguments) {
  const Workplace place;
  ConfigOverrides overrides;
  overrides.output = "out";
  const auto expect = [&](const std::string& inputs, const std::string& arguments, const std::string& message) {
    expect_message(mistakes_in(place,
                               "type: parallel\ninputs: {images: {type: uri_folder, path: data}, " + inputs +
                                   "}\ninput_data: ${{inputs.images}}\ntask: {entry_script: scripts/digits.py, "
                                   "program_arguments: \"" +
                                   arguments + "\"}\n",
                               overrides),
                   message);
  };
  expect("", std::string(1'100'000, 'x'),
         "task.program_arguments is longer than 1 MiB; allowed: text, split as a shell would");
  expect("t: {type: string, default: '" + std::string(1 << 20, 'x') + "'}", repeated("${{inputs.t}} ", 40),
         "task.program_arguments is longer than 16 MiB with its inputs filled in; allowed: at most 16 MiB");
  expect(
      "t: {type: string, optional: true}", "a ${{inputs.t}}",
      "task.program_arguments has ${{inputs.t}}, which has no value; write $[[ … ]] around what shall vanish then, or "
      "give it one with --input t=VALUE");
}

TEST(Messages, OfManyReferences) {
  const Workplace place;
  std::string inputs;
  for (int i = 0; i < 40; ++i) inputs += "      i" + std::to_string(i) + ": ${{parent.inputs.long}}\n";
  const std::string mistakes = mistakes_in(place, "type: pipeline\ninputs: {long: '" + std::string(1 << 20, 'x') +
                                                      "'}\njobs:\n  a:\n    type: parallel\n    inputs:\n" + inputs);
  expect_message(mistakes, "inputs.i16 is one more reference; allowed: references to 16 MiB of text in all");
}

TEST(Messages, OfManyComponents) {
  const Workplace place;
  place.write("command.yml", "type: command\n");
  std::string jobs;
  for (int i = 0; i < 5000; ++i) jobs += "  j" + std::to_string(i) + ": {component: ./command.yml}\n";
  expect_message(
      mistakes_in(place, "jobs:\n" + jobs),
      "jobs.j4096.component is './command.yml', and all files that a configuration names have more than 16 MiB; "
      "allowed: the component's own keys, or its file: ./component.yml");
}

TEST(Messages, OfSavedConfigsAndOfWhatIsSent) {
  const Workplace place;
  ParallelRunConfig config;
  config.entry_script = place.path("scripts/digits.py");
  config.profiling_module = "CPROFILE";
  EXPECT_EQ(mistakes_of([&] { config.save_to_yaml("s.yml"); }),
            "s.yml: a value cannot be written so that it loads to the same again; nothing was saved");
  place.write("v2.yml", "type: parallel\n");
  EXPECT_EQ(mistakes_of([] { ParallelRunConfig::load_yaml("v2.yml"); }),
            "v2.yml:1:1: is a v2 file; allowed: a v1 parallel_run_config (prs_mpi config FILE shows such keys)");
  const std::string bytes = to_bytes(loaded(place, native()));
  EXPECT_EQ(text_of_error([&] { run_config_of(bytes.substr(0, bytes.size() / 2)); }),
            "the configuration that rank 0 sent is cut short; start the job again");
  EXPECT_EQ(text_of_error([&] { run_config_of(bytes + "x"); }),
            "the configuration that rank 0 sent has bytes too many; start the job again");
}

}  // namespace
}  // namespace prs::test
