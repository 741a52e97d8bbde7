// What a value may be, and what it becomes (rules 2.3, 2.5, 4.7, 5.2).
#include "config/environment.hpp"
#include "config/settings.hpp"
#include "config_test_support.hpp"

namespace prs::test {
namespace {

ParallelRunConfig parallel(const Workplace& place, const std::string& lines) {
  place.write("p.yaml", "entry_script: scripts/digits.py\nerror_threshold: 10\noutput_action: append_row\n" + lines);
  return ParallelRunConfig::load_yaml("p.yaml");
}

std::string mistakes(const Workplace& place, const std::string& lines) {
  return mistakes_of([&] { parallel(place, lines); });
}

TEST(MiniBatchSize, TakesNumbersAndUnitsInAnyCase) {
  const Workplace place;
  const std::vector<std::pair<std::string, MiniBatchSize>> cases = {{"5", {5, false}},
                                                                    {"\"1024\"", {1024, false}},
                                                                    {"1024 KB", {1024u << 10, true}},
                                                                    {"10MB", {10u << 20, true}},
                                                                    {"\"1 GB\"", {1u << 30, true}},
                                                                    {"3kb", {3u << 10, true}},
                                                                    {"3 Kb", {3u << 10, true}},
                                                                    {"7 B", {7, true}},
                                                                    {"2 TB", {2ull << 40, true}},
                                                                    {"2147483647", {2147483647, false}},
                                                                    {"2147483647 GB", {2147483647ull << 30, true}}};
  for (const auto& [text, size] : cases)
    EXPECT_EQ(parallel(place, "mini_batch_size: " + text).mini_batch_size, size) << text;
}

TEST(MiniBatchSize, RefusesWhatIsNoSize) {
  const Workplace place;
  for (const char* text : {"0", "-1", "0 KB", "1.5 MB", "MB", "5 files", "5 K", "2147483648", "9000000 TB", "010",
                           "[5]", "\"\"", "1 MB MB"})
    EXPECT_NE(mistakes(place, std::string("mini_batch_size: ") + text), "") << text;
}

TEST(Integers, EndAt2147483647) {
  const Workplace place;
  EXPECT_EQ(parallel(place, "run_max_try: 2147483647").run_max_try, 2147483647u);
  EXPECT_EQ(parallel(place, "run_max_try: +7").run_max_try, 7u);
  EXPECT_EQ(parallel(place, "run_max_try: \"7\"").run_max_try, 7u);
  EXPECT_EQ(parallel(place, "allowed_failed_count: -1").allowed_failed_count, -1);
  for (const char* text :
       {"2147483648", "1e3", "5.0", "0x10", "1_000", "--1", "-", "+", "five", "99999999999999999999999"})
    EXPECT_NE(mistakes(place, std::string("run_max_try: ") + text), "") << text;
}

TEST(Numbers, AreDecimalAndFinite) {
  const Workplace place;
  EXPECT_EQ(parallel(place, "allowed_failed_percent: 12.5").allowed_failed_percent, 12.5);
  EXPECT_EQ(parallel(place, "allowed_failed_percent: 1e1").allowed_failed_percent, 10.0);
  EXPECT_EQ(parallel(place, "run_invocation_timeout: .5").run_invocation_timeout, 0.5);
  EXPECT_EQ(parallel(place, "grace_period: 0").grace_period, 0.0);
  EXPECT_EQ(parallel(place, "resource_monitor_interval: 0").resource_monitor_interval, 0.0);
  for (const char* text : {".nan", ".inf", "nan", "inf", "1e400", "2147483648", "-1", "0x1p3", "1,5"})
    EXPECT_NE(mistakes(place, std::string("run_invocation_timeout: ") + text), "") << text;
}

TEST(Booleans, AreWhatYamlSays) {
  const Workplace place;
  for (const char* text : {"true", "True", "TRUE", "yes", "on", "!!bool \"true\""})
    EXPECT_EQ(parallel(place, std::string("append_row_dataframe_header: ") + text).append_row_dataframe_header, true)
        << text;
  for (const char* text : {"false", "False", "no", "Off"})
    EXPECT_EQ(parallel(place, std::string("append_row_dataframe_header: ") + text).append_row_dataframe_header, false)
        << text;
  for (const char* text : {"1", "\"true\"", "maybe", "[true]"})
    EXPECT_NE(mistakes(place, std::string("append_row_dataframe_header: ") + text), "") << text;
}

TEST(Choices, MayBeWrittenInAnyCase) {
  const Workplace place;
  place.write(
      "p.yaml",
      "entry_script: scripts/digits.py\nerror_threshold: 10\noutput_action: Summary_Only\nlogging_level: debug\n");
  const ParallelRunConfig config = ParallelRunConfig::load_yaml("p.yaml");
  EXPECT_EQ(config.output_action, OutputAction::summary_only);
  EXPECT_EQ(config.logging_level, LoggingLevel::debug);
}

TEST(Nulls, CountAsAbsent) {
  const Workplace place;
  const ParallelRunConfig config = parallel(place,
                                            "run_max_try:\nmini_batch_size: ~\nenvironment: null\ndescription: "
                                            "NULL\nenvironment_variables: {A: , B: ~, C: \"\"}");
  EXPECT_FALSE(config.run_max_try);
  EXPECT_FALSE(config.mini_batch_size);
  EXPECT_FALSE(config.environment);
  EXPECT_FALSE(config.description);
  EXPECT_EQ(config.environment_variables, (std::map<std::string, std::string>{{"C", ""}}));
}

TEST(EnvironmentVariables, AreKeptAsWritten) {
  const Workplace place;
  const auto variables =
      parallel(
          place,
          "environment_variables: {A: 010, B: yes, C: 1.50, D: \"  x \", E: 1e3, F: \"a\\nb\", G: 0x1F, H: 2024-01-01}")
          .environment_variables;
  EXPECT_EQ(variables, (std::map<std::string, std::string>{{"A", "010"},
                                                           {"B", "yes"},
                                                           {"C", "1.50"},
                                                           {"D", "  x "},
                                                           {"E", "1e3"},
                                                           {"F", "a\nb"},
                                                           {"G", "0x1F"},
                                                           {"H", "2024-01-01"}}));
}

TEST(PartitionKeys, AreAListOrJson) {
  const Workplace place;
  const std::vector<std::string> keys = {"state", "store"};
  EXPECT_EQ(parallel(place, "partition_keys: [state, store]").partition_keys, keys);
  EXPECT_EQ(parallel(place, "partition_keys: '[\"state\", \"store\"]'").partition_keys, keys);
  for (const char* text :
       {"[]", "state", "'[1]'", "'[\"a\", \"a\"]'", "[a, a]", "{a: b}", "'[\"a\\u0000\"]'", "[\"\"]"})
    EXPECT_NE(mistakes(place, std::string("partition_keys: ") + text), "") << text;
  EXPECT_NE(mistakes(place, "partition_keys: [a]\nmini_batch_size: 5"), "");
}

TEST(RowFileNames, AreBareNames) {
  const Workplace place;
  for (const char* name : {"rows.txt", "rows", "rows.csv", "ein name.tsv", "r.jsonl", ".hidden", "zeilen-ä.txt"})
    EXPECT_EQ(parallel(place, "append_row_file_name: " + std::string(name)).append_row_file_name, name);
  for (const std::string name :
       {"a/b",    "..",     "a..b",   ".",     "",     "a~b",  "a\\\\b",      "a*",
        "a?",     "a:b",    "a|b",    "a<b",   "a>b",  "a#b",  "a%b",         "a&b",
        "a{b",    "a}b",    "a\\\"b", "a\\nb", "logs", ".prs", "report.html", "failed_items.csv",
        "models", "outputs"})
    EXPECT_NE(mistakes(place, "append_row_file_name: \"" + name + "\""), "") << name;
  EXPECT_NE(mistakes(place, "append_row_file_name: " + std::string(300, 'a')), "");
}

TEST(Defaults, AreThoseOfTheReference) {
  const Workplace place;
  const auto settings = [&](const std::string& lines) { return settled(parallel(place, lines)); };
  const ParallelRunSettings all = settings("");
  EXPECT_EQ(all.profiling_module, "none");
  EXPECT_EQ(all.allowed_failed_count, -1);
  EXPECT_EQ(all.allowed_failed_percent, 100);
  EXPECT_EQ(all.run_max_try, 3u);
  EXPECT_EQ(all.append_row_file_name, "parallel_run_step.txt");
  EXPECT_FALSE(all.append_row_dataframe_header);
  EXPECT_EQ(all.mini_batch_size, std::nullopt) << "it follows from the inputs";
  EXPECT_EQ(all.compute_target, "local");
  EXPECT_EQ(all.run_invocation_timeout, 60);
  EXPECT_EQ(all.task_overhead_timeout, 30);
  EXPECT_EQ(all.init_timeout, 600);
  EXPECT_EQ(all.progress_update_timeout, 270);
  EXPECT_EQ(all.first_task_creation_timeout, 600);
  EXPECT_EQ(all.grace_period, 30);
  EXPECT_EQ(all.resource_monitor_interval, 600);
  EXPECT_EQ(all.logging_level, LoggingLevel::info);
  EXPECT_EQ(settings("run_invocation_timeout: 2147483647").progress_update_timeout, 2147483647)
      << "what its key may say";
  EXPECT_TRUE(settings("append_row_file_name: rows.csv").append_row_dataframe_header);
  EXPECT_TRUE(settings("append_row_file_name: rows.tsv").append_row_dataframe_header);
  EXPECT_FALSE(settings("append_row_file_name: rows.jsonl").append_row_dataframe_header);
  EXPECT_FALSE(
      settings("append_row_file_name: rows.tsv\nappend_row_dataframe_header: false").append_row_dataframe_header);
}

Environment environment(const Workplace& place, const std::string& text) {
  return parallel(place, "environment: " + text).environment.value_or(Environment{});
}

TEST(Environments, AreReadInEachForm) {
  using Kind = Environment::Kind;
  const Workplace place;
  EXPECT_EQ(environment(place, "{python: python3.11}"), (Environment{Kind::python, "python3.11", {}}));
  EXPECT_EQ(environment(place, "{python: ./bin/python}"), (Environment{Kind::python, place.path("bin/python"), {}}));
  EXPECT_EQ(environment(place, "{venv: env}"), (Environment{Kind::venv, place.path("env"), {}}));
  EXPECT_EQ(environment(place, "{conda: digits}"), (Environment{Kind::conda, "digits", {}}));
  EXPECT_EQ(environment(place, "{conda: envs/digits/}"), (Environment{Kind::conda, place.path("envs/digits"), {}}));
  EXPECT_EQ(environment(place, "digits"), (Environment{Kind::conda, "digits", {}}));
  EXPECT_EQ(environment(place, "{container: image.sif}"), (Environment{Kind::container, place.path("image.sif"), {}}));
  EXPECT_EQ(environment(place, "{container: \"docker://python:3.11\"}"),
            (Environment{Kind::container, "docker://python:3.11", {}}));
  EXPECT_EQ(environment(place, "{prefix: [numactl, --cpunodebind=0]}"),
            (Environment{Kind::prefix, "", {"numactl", "--cpunodebind=0"}}));
  EXPECT_EQ(environment(place, "{prefix: \"./wrap 'a b' c\\\\ d\"}"),
            (Environment{Kind::prefix, "", {place.path("wrap"), "a b", "c d"}}));
  EXPECT_NE(mistakes(place, "environment: {prefix: \"a 'b\"}"), "");
  EXPECT_NE(mistakes(place, "environment: {prefix: []}"), "");
  EXPECT_NE(mistakes(place, "environment: {python: a, venv: b}"), "");
}

TEST(Environments, OfTheCloudGiveOneWarningAndTheDefault) {
  const Workplace place;
  for (const char* text : {"azureml:sklearn:3", "AzureML-sklearn-1.0", "env@latest", "{name: a, version: 1}",
                           "{image: \"x/y:1\", conda_file: c.yaml}",
                           "{python: {user_managed_dependencies: true}, docker: {enabled: true}}"}) {
    const RunConfig config = loaded(place, native("", std::string("  environment: ") + text + "\n"));
    EXPECT_FALSE(config.parallel.environment) << text;
    ASSERT_EQ(config.warnings.size(), 1u) << text;
    EXPECT_NE(config.warnings[0].find("python3 on the PATH is used instead"), std::string::npos) << config.warnings[0];
  }
}

TEST(Paths, AreExpandedAndMadeAbsolute) {
  const Workplace place;
  ::setenv("PRS_TEST_DATA", "data", 1);
  ::setenv("PRS_TEST_EMPTY", "", 1);
  ::setenv("HOME", place.path("home").c_str(), 1);
  const auto path_of = [&](const std::string& text) {
    return loaded(place, "inputs: [{name: a, path: \"" + text +
                             "\"}]\noutput: out\nparallel_run_config: {entry_script: scripts/digits.py, "
                             "error_threshold: 1, output_action: append_row}\n")
        .inputs.at(0)
        .paths.at(0);
  };
  EXPECT_EQ(path_of("${PRS_TEST_DATA}/x"), place.path("data/x"));
  EXPECT_EQ(path_of("a${PRS_TEST_EMPTY}b"), place.path("ab"));
  EXPECT_EQ(path_of("~/x"), place.path("home/x"));
  EXPECT_EQ(path_of("~"), place.path("home"));
  EXPECT_EQ(path_of("a~"), place.path("a~"));
  EXPECT_EQ(path_of("$${HOME}"), place.path("${HOME}"));
  EXPECT_EQ(path_of("$HOME/$"), place.path("$HOME/$"));
  EXPECT_EQ(path_of("./a//b/./../c/"), place.path("a/c"));
  EXPECT_EQ(path_of("data/*.[ch]?"), place.path("data/*.[ch]?"));
  EXPECT_EQ(path_of("/abs/x"), "/abs/x");
}

TEST(Paths, KeepDotsBehindASymbolicLink) {
  const Workplace place;
  fs::create_directories("far/away");
  fs::create_directory_symlink("far/away", "link");
  const RunConfig config = loaded(place,
                                  "inputs: [{name: a, path: link/../x}]\noutput: out\nparallel_run_config: "
                                  "{entry_script: scripts/digits.py, error_threshold: 1, output_action: append_row}\n");
  EXPECT_EQ(fs::weakly_canonical(config.inputs[0].paths[0]), place.path("far/x"));
}

TEST(ShellWords, AreSplitAsAShellWould) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(shell_words(" a  b\tc "), (Words{"a", "b", "c"}));
  EXPECT_EQ(shell_words("'a b' \"c \\\" d\" e\\ f ''"), (Words{"a b", "c \" d", "e f", ""}));
  EXPECT_EQ(shell_words("a'b'c"), (Words{"abc"}));
  EXPECT_EQ(shell_words(""), Words{});
  EXPECT_FALSE(shell_words("'a"));
}

}  // namespace
}  // namespace prs::test
