// The native and the v1 dialect, and what the command line adds (rules 2.1, 2.2, 2.4, 2.5, 2.7).
#include "config_test_support.hpp"

namespace prs::test {
namespace {

TEST(NativeConfig, OfTheSpecificationLoads) {
  const Workplace place;
  place.write("sub/c.yaml", R"(name: predict-digits
inputs:
  - name: digits
    path: ../data
side_inputs: {labels: ../data/labels.txt}
output: runs/predict-digits      # the run folder
arguments: [--labels, side_input:labels, --extra_arg, example_value]
parallel_run_config:
  entry_script: digits.py
  source_directory: ../scripts
  mini_batch_size: 5
  error_threshold: 10
  allowed_failed_count: 15
  allowed_failed_percent: 10
  run_max_try: 3
  output_action: append_row
  node_count: 1
  process_count_per_node: 2
)");
  const RunConfig config = load_run_config("sub/c.yaml");
  EXPECT_EQ(config.file, place.path("sub/c.yaml"));
  EXPECT_EQ(config.name, "predict-digits");
  EXPECT_EQ(config.inputs, (std::vector<InputConfig>{{"digits", {place.path("data")}}}));
  EXPECT_EQ(config.output, place.path("sub/runs/predict-digits"));
  EXPECT_EQ(config.arguments,
            (std::vector<std::string>{"--labels", place.path("data/labels.txt"), "--extra_arg", "example_value"}));
  EXPECT_EQ(config.entry_script_path(), place.path("scripts/digits.py"));
  EXPECT_EQ(config.import_folder(), place.path("scripts"));
  EXPECT_EQ(config.parallel.entry_script, "digits.py");
  EXPECT_EQ(config.parallel.error_threshold, 10);
  EXPECT_EQ(config.parallel.allowed_failed_count, 15);
  EXPECT_EQ(config.parallel.process_count_per_node, 2u);
  EXPECT_TRUE(config.allow_reuse);
  EXPECT_TRUE(config.warnings.empty());
}

TEST(NativeConfig, KeepsArgumentsAsTheyAre) {
  const Workplace place;
  const RunConfig config =
      loaded(place, native("arguments: [a b, '', \"\\t\", 010, yes, ~/x, --error_threshold, 3, '$${{x}}']\n"));
  EXPECT_EQ(config.arguments,
            (std::vector<std::string>{"a b", "", "\t", "010", "yes", "~/x", "--error_threshold", "3", "${{x}}"}));
  EXPECT_EQ(config.parallel.error_threshold, 10);
}

TEST(NativeConfig, FillsInSideInputsAndOutputsOfEachForm) {
  const Workplace place;
  const RunConfig config =
      loaded(place, native("side_inputs: {a.b: data}\nside_outputs: {o: pictures}\n"
                           "arguments: ['side_input:a.b', 'side_output:o', '--x=side_input:a.b', "
                           "'p:${{side_inputs.a.b}}:${{ side_outputs.o }}', 'x side_input:a.b']\n"));
  const std::string data = place.path("data"), pictures = place.path("pictures");
  EXPECT_EQ(config.arguments, (std::vector<std::string>{data, pictures, "--x=" + data, "p:" + data + ":" + pictures,
                                                        "x side_input:a.b"}));
  EXPECT_EQ(config.side_outputs.at("o"), pictures);
}

TEST(NativeConfig, ReadsModelsInBothForms) {
  const Workplace place;
  const RunConfig config =
      loaded(place, native("models:\n  a: data\n  b: {path: data/labels.txt, version: 3, tags: {x: 1}}\n"));
  EXPECT_EQ(config.models.at("a"), (ModelConfig{place.path("data"), "", {}}));
  EXPECT_EQ(config.models.at("b"), (ModelConfig{place.path("data/labels.txt"), "3", {{"x", "1"}}}));
}

TEST(NativeConfig, TakesListsOfPathsAndAliases) {
  const Workplace place;
  const RunConfig config = loaded(
      place,
      "inputs: [{name: a, path: &p [data, 'x/*.png']}, {name: b, path: *p, type: files}]\noutput: out\n"
      "parallel_run_config: {entry_script: scripts/digits.py, error_threshold: -1, output_action: summary_only}\n");
  EXPECT_EQ(config.inputs[1].paths, (std::vector<std::string>{place.path("data"), place.path("x/*.png")}));
}

TEST(NativeConfig, MayNameAFileForParallelRunConfigWithPathsOfItsOwn) {
  const Workplace place;
  for (const char* head : {"", "parallel_run_config:\n"}) {
    const std::string indent = *head ? "  " : "";
    place.write("scripts/v1.yml", head + indent + "entry_script: digits.py\n" + indent + "error_threshold: 3\n" +
                                      indent + "output_action: append_row\n" + indent +
                                      "compute_target_name: cluster\n" + indent + "strange: 1\n");
    const RunConfig config =
        loaded(place,
               "inputs: [{name: digits, path: data}]\noutput: out\nparallel_run_config: scripts/v1.yml\narguments: "
               "[--error_threshold, 7, --allowed_failed_percent=2.5, x]\n");
    EXPECT_EQ(config.entry_script_path(), place.path("scripts/digits.py"));
    EXPECT_EQ(config.import_folder(), place.path("scripts"));
    EXPECT_EQ(config.parallel.compute_target, "cluster");
    EXPECT_EQ(config.parallel.error_threshold, 7);
    EXPECT_EQ(config.parallel.allowed_failed_percent, 2.5);
    EXPECT_EQ(config.arguments, std::vector<std::string>{"x"});
    ASSERT_EQ(config.warnings.size(), 1u);
    const int line = *head ? 6 : 5;
    EXPECT_TRUE(config.warnings[0].starts_with("scripts/v1.yml:" + std::to_string(line) + ":")) << config.warnings[0];
  }
}

TEST(NativeConfig, ReportsMistakesInTheFileThatItNames) {
  const Workplace place;
  place.write("v1.yml", "entry_script: digits.py\nerror_threshold: x\n");
  const std::string mistakes =
      mistakes_in(place, "inputs: [{name: digits, path: data}]\noutput: out\nparallel_run_config: v1.yml\nx: 1\n");
  EXPECT_NE(mistakes.find("c.yaml:4:1: unknown key 'x'"), std::string::npos) << mistakes;
  EXPECT_NE(mistakes.find("v1.yml:2:18: error_threshold is 'x'"), std::string::npos) << mistakes;
  EXPECT_NE(mistakes.find("v1.yml:1:15: entry_script is 'digits.py', and there is no file"), std::string::npos)
      << mistakes;
  EXPECT_NE(mistakes.find("v1.yml:1:1: the key 'output_action' is missing"), std::string::npos) << mistakes;
  EXPECT_NE(mistakes_in(place, "inputs: [{name: d, path: data}]\noutput: out\nparallel_run_config: none.yml\n")
                .find("none.yml: cannot open the file: No such file or directory"),
            std::string::npos);
  place.write("loop.yml", "parallel_run_config: loop.yml\n");
  EXPECT_NE(mistakes_in(place, "inputs: [{name: d, path: data}]\noutput: out\nparallel_run_config: loop.yml\n")
                .find("allowed: a mapping of its keys"),
            std::string::npos);
}

TEST(EntryScripts, MayBeDottedModulesOrLieInSubFolders) {
  const Workplace place;
  const auto script_of = [&](const std::string& text) {
    place.write("c.yaml", "inputs: [{name: a, path: data}]\noutput: out\nparallel_run_config: {" + text +
                              ", error_threshold: -1, output_action: summary_only}\n");
    const RunConfig config = load_run_config("c.yaml");
    return config.entry_script_path() + " " + config.import_folder();
  };
  const std::string scripts = place.path("scripts");
  EXPECT_EQ(script_of("source_directory: scripts, entry_script: pkg.letters"), scripts + "/pkg/letters.py " + scripts);
  EXPECT_EQ(script_of("source_directory: scripts, entry_script: pkg/letters.py"),
            scripts + "/pkg/letters.py " + scripts);
  EXPECT_EQ(script_of("source_directory: scripts, entry_script: digits"), scripts + "/digits.py " + scripts);
  EXPECT_EQ(script_of("entry_script: scripts/digits.py"), scripts + "/digits.py " + scripts);
  EXPECT_EQ(script_of("entry_script: scripts/pkg.letters"), scripts + "/pkg/letters.py " + scripts + "/pkg");
  EXPECT_EQ(script_of("entry_script: " + scripts + "/digits.py"), scripts + "/digits.py " + scripts);
}

std::string v1(const std::string& lines = "") {
  return "entry_script: digits.py\nsource_directory: scripts\nerror_threshold: 10\noutput_action: append_row\n" + lines;
}

ConfigOverrides with_paths() {
  ConfigOverrides overrides;
  overrides.inputs = {"digits=data"};
  overrides.output = "out";
  return overrides;
}

TEST(V1Config, NeedsInputAndOutputFromTheCommandLine) {
  const Workplace place;
  EXPECT_EQ(mistakes_in(place, v1()),
            "c.yaml:1:1: a v1 file names no input; add --input NAME=PATH\nc.yaml:1:1: a v1 file names no run folder; "
            "add --output FOLDER");
  const RunConfig config = loaded(place, v1("unknown_thing: 1\n"), with_paths());
  EXPECT_EQ(config.name, "c");
  EXPECT_EQ(config.inputs, (std::vector<InputConfig>{{"digits", {place.path("data")}}}));
  EXPECT_EQ(config.output, place.path("out"));
  ASSERT_EQ(config.warnings.size(), 1u);
  EXPECT_EQ(config.warnings[0].substr(0, 39), "c.yaml:5:1: unknown key 'unknown_thing'");
}

TEST(V1Config, TakesTheDriversArgumentsOutWhereTheyBeatTheKeys) {
  const Workplace place;
  ConfigOverrides overrides = with_paths();
  overrides.has_arguments = true;
  overrides.arguments = {"--first",
                         "--error_threshold",
                         "3",
                         "--append_row_dataframe_header=True",
                         "--process_count_per_node",
                         "4",
                         "--run_max_try",
                         "9",
                         "--profiling_module",
                         "cProfile",
                         "--task_overhead_timeout=5",
                         "--progress_update_timeout",
                         "6",
                         "--first_task_creation_timeout",
                         "7",
                         "--resource_monitor_interval",
                         "0",
                         "--allowed_failed_count",
                         "-1",
                         "last",
                         "--",
                         "--error_threshold",
                         "5"};
  const RunConfig config = loaded(place, v1("allowed_failed_count: 5\n"), overrides);
  EXPECT_EQ(config.arguments,
            (std::vector<std::string>{"--first", "--run_max_try", "9", "last", "--", "--error_threshold", "5"}));
  EXPECT_EQ(config.parallel.error_threshold, 3);
  EXPECT_EQ(config.parallel.allowed_failed_count, -1);
  EXPECT_EQ(config.parallel.append_row_dataframe_header, true);
  EXPECT_EQ(config.parallel.process_count_per_node, 4u);
  EXPECT_EQ(config.parallel.profiling_module, "cProfile");
  EXPECT_EQ(config.parallel.resource_monitor_interval, 0.0);
  overrides.arguments = {"--error_threshold", "x", "--allowed_failed_count"};
  EXPECT_EQ(mistakes_in(place, v1(), overrides),
            "arguments after --: the argument '--allowed_failed_count' has no value; allowed: an integer from -1 to "
            "2147483647\n"
            "arguments after --: error_threshold is 'x'; allowed: an integer from -1 to 2147483647");
}

TEST(V1Config, MayHaveArgumentsBesideItsBareKeys) {
  const Workplace place;
  const RunConfig config = loaded(place, v1("arguments: [a, --error_threshold, 4]\nname: seven\n"), with_paths());
  EXPECT_EQ(config.arguments, std::vector<std::string>{"a"});
  EXPECT_EQ(config.parallel.error_threshold, 4);
  EXPECT_EQ(config.name, "seven");
  EXPECT_TRUE(config.warnings.empty());
}

TEST(V1Config, MayHaveItsArgumentsAsOneText) {
  const Workplace place;
  const RunConfig config =
      loaded(place, v1("arguments: --a 'b c' --error_threshold 4 --push_metrics_to_parent=False x\n"), with_paths());
  EXPECT_EQ(config.arguments, (std::vector<std::string>{"--a", "b c", "x"}));
  EXPECT_EQ(config.parallel.error_threshold, 4);
  ASSERT_EQ(config.warnings.size(), 1u);
}

TEST(V1Config, WarnsOfDoubledKeysAndTakesTheLast) {
  const Workplace place;
  const RunConfig config = loaded(place, v1("error_threshold: 11\n"), with_paths());
  EXPECT_EQ(config.parallel.error_threshold, 11);
  ASSERT_EQ(config.warnings.size(), 1u);
  EXPECT_NE(mistakes_in(place, v1("compute_target: a\ncompute_target_name: b\n"), with_paths()), "");
}

TEST(CommandLine, SetOverridesKeysAndPassesTheSameChecks) {
  const Workplace place;
  ConfigOverrides overrides;
  overrides.settings = {"run_max_try=5",
                        "parallel_run_config.error_threshold=-1",
                        "output=other",
                        "name=2024",
                        "mini_batch_size=7",
                        "environment_variables.A.B=yes",
                        "allow_reuse=no",
                        "arguments=[a, 'b c']",
                        "models.m=data",
                        "models.m.version=2",
                        "side_inputs.l=data/labels.txt",
                        "node_count=",
                        "environment.venv=env"};
  const RunConfig config = loaded(place, native("", "  node_count: 3\n  environment: base\n"), overrides);
  EXPECT_EQ(config.parallel.run_max_try, 5u);
  EXPECT_EQ(config.parallel.error_threshold, -1);
  EXPECT_EQ(config.output, place.path("other"));
  EXPECT_EQ(config.name, "2024");
  EXPECT_EQ(config.parallel.mini_batch_size, (MiniBatchSize{7, false}));
  EXPECT_EQ(config.parallel.environment_variables.at("A.B"), "yes");
  EXPECT_FALSE(config.allow_reuse);
  EXPECT_EQ(config.arguments, (std::vector<std::string>{"a", "b c"}));
  EXPECT_EQ(config.models.at("m"), (ModelConfig{place.path("data"), "2", {}}));
  EXPECT_FALSE(config.parallel.node_count);
  EXPECT_EQ(config.parallel.environment, (Environment{Environment::Kind::venv, place.path("env"), {}}));
}

TEST(CommandLine, SetReportsMistakesByItsOwnText) {
  const Workplace place;
  ConfigOverrides overrides;
  overrides.settings = {"run_max_try=0", "run_mx_try=5",  "nothing",        "=3", "parallel_run_config.nod_count=2",
                        "arguments=[a",  "output={a: b}", "run_max_try.x=3"};
  const std::string mistakes = mistakes_in(place, native(), overrides);
  for (const char* expected :
       {"--set run_mx_try=5: unknown key 'run_mx_try'; did you mean 'run_max_try'?",
        "--set nothing: --set needs a key and a value", "--set =3: --set needs",
        ("--set parallel_run_config.nod_count=2: unknown key 'nod_count' in parallel_run_config; "
         "did you mean 'node_count'?"),
        "--set arguments=[a: is not valid YAML", "--set output={a: b}: output is a mapping",
        "--set run_max_try.x=3: run_max_try is a mapping"})
    EXPECT_NE(mistakes.find(expected), std::string::npos) << expected << "\n in \n" << mistakes;
  overrides.settings = {"run_max_try=0"};
  EXPECT_EQ(mistakes_in(place, native(), overrides),
            "--set run_max_try=0: run_max_try is '0'; allowed: an integer from 1 to 2147483647");
}

TEST(CommandLine, PathsAreRelativeToTheWorkingFolder) {
  const Workplace place;
  place.write("sub/c.yaml",
              "inputs: [{name: a, path: data}, {name: b, path: data}]\noutput: out\nparallel_run_config: "
              "{entry_script: ../scripts/digits.py, error_threshold: -1, output_action: summary_only}\n");
  ConfigOverrides overrides;
  overrides.inputs = {"b=x", "c=~/y*", "b=z", "d=p=q"};
  overrides.output = "here";
  ::setenv("HOME", "/home/someone", 1);
  const RunConfig config = load_run_config("sub/c.yaml", overrides);
  EXPECT_EQ(config.output, place.path("here"));
  EXPECT_EQ(config.inputs, (std::vector<InputConfig>{{"a", {place.path("sub/data")}},
                                                     {"b", {place.path("x"), place.path("z")}},
                                                     {"c", {"/home/someone/y*"}},
                                                     {"d", {place.path("p=q")}}}));
  overrides.inputs = {"x", "=y", "z="};
  const std::string mistakes = mistakes_of([&] { load_run_config("sub/c.yaml", overrides); });
  for (const char* expected :
       {"--input x: --input needs a name and a path; allowed: --input NAME=PATH", "--input =y: ", "--input z=: "})
    EXPECT_NE(mistakes.find(expected), std::string::npos) << mistakes;
}

TEST(CommandLine, ArgumentsReplaceThoseOfTheFile) {
  const Workplace place;
  ConfigOverrides overrides;
  overrides.has_arguments = true;
  EXPECT_TRUE(loaded(place, native("arguments: [a]\n"), overrides).arguments.empty());
  overrides.arguments = {"side_input:l", "\xff\xfe", "", "~"};
  EXPECT_EQ(loaded(place, native("side_inputs: {l: data}\narguments: [a]\n"), overrides).arguments,
            (std::vector<std::string>{place.path("data"), "\xff\xfe", "", "~"}));
}

}  // namespace
}  // namespace prs::test
