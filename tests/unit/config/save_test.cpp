// save_to_yaml and load_yaml (rule 2.8), text_of, and the bytes for the other ranks.
#include <random>

#include "config/settings.hpp"
#include "config_test_support.hpp"
#include "support/errors.hpp"

namespace prs::test {
namespace {

class RandomConfig {
 public:
  explicit RandomConfig(unsigned seed) : random_(seed) {}

  int below(int end) { return static_cast<int>(random_() % static_cast<unsigned>(end)); }
  bool maybe() { return below(2) == 0; }
  std::string text() {
    static const std::vector<std::string> pieces = {"a",    "Z",    "0",    " ",    "\"",   "'",        "\\",
                                                    "\n",   "\t",   ":",    "#",    "é",    "日",       "😀",
                                                    "{",    "}",    "[",    ",",    "&",    "*",        "!",
                                                    "%",    "@",    "-",    "?",    "~",    "${",       "$",
                                                    "true", "null", "\x01", "\x7f", "\xff", "\xc2\x85", "\xef\xbb\xbf",
                                                    "\r",   "=",    "<<",   "|",    ">"};
    std::string made;
    for (int n = below(8); n > 0; --n) made += pieces[static_cast<std::size_t>(below(static_cast<int>(pieces.size())))];
    return made;
  }
  std::string name() { return text() + "n"; }
  std::string path_name() {
    std::string made = name();
    for (char& c : made)
      if (c == ':' || c == '/') c = '_';
    return made;
  }
  double seconds() { return maybe() ? 1 + below(1000) : (1 + below(100000)) / 977.0; }
  std::uint32_t count() { return maybe() ? 1u + static_cast<std::uint32_t>(below(100)) : 2147483647u; }
  template <class Value, class Make>
  void set(std::optional<Value>& member, Make make) {
    if (maybe()) member = static_cast<Value>(make());
  }

  Environment environment() {
    using Kind = Environment::Kind;
    switch (below(6)) {
      case 0:
        return {Kind::python, maybe() ? "python3" : "/opt/" + path_name(), {}};
      case 1:
        return {Kind::venv, "/opt/" + path_name(), {}};
      case 2:
        return {Kind::conda, maybe() ? "base" : "/opt/" + path_name(), {}};
      case 3:
        return {Kind::container, maybe() ? "docker://a/" + path_name() : "/images/" + path_name(), {}};
      case 4:
        return {Kind::prefix, "", {maybe() ? name() : "/opt/" + path_name(), text(), text()}};
      default:
        return {};
    }
  }

  ParallelRunConfig make(const Workplace& place) {
    ParallelRunConfig config;
    const std::string folder = path_name(), script = path_name();
    place.write(folder + "/" + script, "");
    if (maybe()) {
      config.source_directory = place.path(folder);
      config.entry_script = script;
    } else {
      config.entry_script = place.path(folder + "/" + script);
    }
    config.written_relative = {maybe(), maybe(), maybe()};
    set(config.environment, [&] { return environment(); });
    for (int n = below(3); n > 0; --n) {
      std::string key = name();
      std::erase(key, '=');
      config.environment_variables[key] = text();
    }
    set(config.profiling_module, [&] { return maybe() ? "cProfile" : "none"; });
    config.error_threshold = below(100) - 1;
    set(config.allowed_failed_count, [&] { return below(100) - 1; });
    set(config.allowed_failed_percent, [&] { return below(10001) / 100.0; });
    set(config.run_max_try, [&] { return count(); });
    config.output_action = maybe() ? OutputAction::append_row : OutputAction::summary_only;
    set(config.append_row_file_name, [&] { return maybe() ? "rows.csv" : "true"; });
    set(config.append_row_dataframe_header, [&] { return maybe(); });
    if (maybe())
      set(config.mini_batch_size, [&] {
        return MiniBatchSize{static_cast<std::uint64_t>(count()) << 10 * below(5) >> 10, maybe()};
      });
    if (config.mini_batch_size && !config.mini_batch_size->has_unit) config.mini_batch_size->value = count();
    if (config.mini_batch_size && config.mini_batch_size->has_unit)
      config.mini_batch_size->value = static_cast<std::uint64_t>(count()) << 10 * below(3);
    if (!config.mini_batch_size && maybe()) config.partition_keys = {name() + "1", name() + "2"};
    for (auto& key : config.partition_keys) std::erase(key, '\0');
    set(config.node_count, [&] { return count(); });
    set(config.process_count_per_node, [&] { return count(); });
    set(config.gpus_per_node, [&] { return below(8); });
    set(config.compute_target, [&] { return text(); });
    set(config.max_batches_per_process, [&] { return count(); });
    for (const auto member : {&ParallelRunConfig::run_invocation_timeout, &ParallelRunConfig::task_overhead_timeout,
                              &ParallelRunConfig::init_timeout, &ParallelRunConfig::progress_update_timeout,
                              &ParallelRunConfig::first_task_creation_timeout, &ParallelRunConfig::grace_period,
                              &ParallelRunConfig::resource_monitor_interval})
      set(config.*member, [&] { return seconds(); });
    set(config.logging_level, [&] { return below(3); });
    set(config.description, [&] { return text(); });
    return config;
  }

 private:
  std::mt19937 random_;
};

unsigned seed_of_this_run() {
  const char* given = ::getenv("PRS_TEST_SEED");
  return given ? static_cast<unsigned>(std::stoul(given)) : std::random_device{}();
}

TEST(SavedConfig, LoadsToAnEqualValueFromAnotherFolder) {
  const unsigned seed = seed_of_this_run();
  SCOPED_TRACE("PRS_TEST_SEED=" + std::to_string(seed));
  RandomConfig random(seed);
  for (int round = 0; round < 300; ++round) {
    const Workplace place;
    const ParallelRunConfig config = random.make(place);
    const std::string file = round % 2 == 0 ? "other/folder/saved.yaml" : "saved.yaml";
    place.write(file, "");
    config.save_to_yaml(file);
    fs::current_path("scripts");
    std::vector<std::string> warnings;
    const ParallelRunConfig loaded = ParallelRunConfig::load_yaml("../" + file, warnings);
    fs::current_path("..");
    EXPECT_EQ(loaded, config) << "round " << round;
    EXPECT_TRUE(warnings.empty());
    if (::testing::Test::HasFailure()) {
      std::ifstream saved(file);
      FAIL() << std::string(std::istreambuf_iterator<char>(saved), {});
    }
  }
}

TEST(SavedConfig, KeepsRelativePathsRelativeAndLeavesUnsetKeysOut) {
  const Workplace place;
  place.write("p.yaml",
              "parallel_run_config:\n  entry_script: digits.py\n  source_directory: scripts\n  error_threshold: 5\n  "
              "output_action: append_row\n  environment: {venv: env}\n  compute_target: cluster\n");
  place.write("other/saved.yaml", "");
  ParallelRunConfig::load_yaml("p.yaml").save_to_yaml("other/saved.yaml");
  std::ifstream saved("other/saved.yaml");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(saved), {}),
            "entry_script: digits.py\nsource_directory: \"../scripts\"\nenvironment: {venv: "
            "\"../env\"}\nerror_threshold: 5\noutput_action: append_row\ncompute_target_name: cluster\n");
  place.write("q.yaml",
              "entry_script: " + place.path("scripts/digits.py") + "\nerror_threshold: 5\noutput_action: append_row\n");
  ParallelRunConfig::load_yaml("q.yaml").save_to_yaml("other/saved.yaml");
  std::ifstream again("other/saved.yaml");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(again), {}).substr(0, 15), "entry_script: /");
}

TEST(SavedConfig, IsAV1FileOfARun) {
  const Workplace place;
  place.write("p.yaml",
              "entry_script: digits.py\nsource_directory: scripts\nerror_threshold: 5\noutput_action: append_row\n");
  ParallelRunConfig::load_yaml("p.yaml").save_to_yaml("saved.yaml");
  ConfigOverrides overrides;
  overrides.inputs = {"a=data"};
  overrides.output = "out";
  const RunConfig config = load_run_config("saved.yaml", overrides);
  ParallelRunSettings expected = settled(ParallelRunConfig::load_yaml("p.yaml"));
  expected.mini_batch_size = MiniBatchSize{10, false};
  EXPECT_EQ(config.parallel, expected);
  EXPECT_TRUE(config.warnings.empty());
}

TEST(SavedConfig, IsNotWrittenWhereItWouldNotLoad) {
  const Workplace place;
  ParallelRunConfig config;
  EXPECT_NE(mistakes_of([&] { config.save_to_yaml("saved.yaml"); }), "");
  config.entry_script = "scripts/digits.py";
  config.save_to_yaml("saved.yaml");
  EXPECT_EQ(ParallelRunConfig::load_yaml("saved.yaml").entry_script, place.path("scripts/digits.py"));
  fs::remove("saved.yaml");
  config.run_max_try = 0;
  EXPECT_NE(mistakes_of([&] { config.save_to_yaml("saved.yaml"); }), "");
  config.run_max_try = 1;
  config.description = std::string("a\0b", 3);
  EXPECT_NE(mistakes_of([&] { config.save_to_yaml("saved.yaml"); }), "");
  EXPECT_FALSE(fs::exists("saved.yaml"));
  config.description = "x";
  EXPECT_NE(mistakes_of([&] { config.save_to_yaml("no/such/folder/saved.yaml"); }), "");
}

TEST(LoadedConfig, TakesBothV1FormsOnly) {
  const Workplace place;
  place.write("v2.yaml", "type: parallel\n");
  EXPECT_NE(mistakes_of([] { ParallelRunConfig::load_yaml("v2.yaml"); }).find("is a v2 file; allowed: a v1"),
            std::string::npos);
  place.write("empty.yaml", "# nothing\n");
  EXPECT_NE(mistakes_of([] { ParallelRunConfig::load_yaml("empty.yaml"); }).find("is empty"), std::string::npos);
  EXPECT_NE(mistakes_of([] { ParallelRunConfig::load_yaml("none.yaml"); }).find("none.yaml: cannot open the file"),
            std::string::npos);
}

RunConfig random_run(RandomConfig& random, const Workplace& place) {
  RunConfig config;
  config.file = place.path("c.yaml");
  config.parallel = settled(random.make(place));
  config.parallel.partition_keys.clear();
  config.parallel.mini_batch_size = MiniBatchSize{7, false};
  config.name = random.name();
  for (int n = 1 + random.below(3); n > 0; --n)
    config.inputs.push_back(
        {random.name() + std::to_string(n), {place.path(random.path_name()), "/x/" + random.path_name() + "*"}});
  const std::string side = random.path_name();
  place.write(side, "");
  for (int n = random.below(3); n > 0; --n) config.side_inputs[random.name()] = place.path(side);
  for (int n = random.below(3); n > 0; --n)
    config.side_outputs[random.name()] = place.path(random.path_name() + "_made");
  config.output = place.path(random.path_name() + "_out");
  for (int n = random.below(5); n > 0; --n)
    config.arguments.push_back(random.text() + (random.maybe() ? "${{x}}$" : ""));
  for (int n = random.below(3); n > 0; --n)
    config.models[random.name()] = {place.path(side), random.maybe() ? "3" : "", {{random.name(), random.text()}}};
  config.allow_reuse = random.maybe();
  return config;
}

TEST(TextOfARun, LoadsToTheSameRun) {
  const unsigned seed = seed_of_this_run();
  SCOPED_TRACE("PRS_TEST_SEED=" + std::to_string(seed));
  RandomConfig random(seed);
  for (int round = 0; round < 200; ++round) {
    const Workplace place;
    RunConfig config = random_run(random, place);
    const std::string text = text_of(config);
    place.write("elsewhere/text.yaml", text);
    RunConfig again;
    ASSERT_EQ(mistakes_of([&] { again = load_run_config("elsewhere/text.yaml"); }), "") << text;
    EXPECT_EQ(text_of(again), text);
    again.file = config.file;
    EXPECT_EQ(again, config) << text;
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(BytesOfARun, GiveTheSameRunBack) {
  const unsigned seed = seed_of_this_run();
  SCOPED_TRACE("PRS_TEST_SEED=" + std::to_string(seed));
  RandomConfig random(seed);
  for (int round = 0; round < 200; ++round) {
    const Workplace place;
    RunConfig config = random_run(random, place);
    config.warnings = {"c.yaml:1:1: x", std::string("\0\xff", 2)};
    config.arguments.push_back(std::string("\xff\0\n", 3));
    EXPECT_EQ(run_config_of(to_bytes(config)), config);
    EXPECT_EQ(to_bytes(run_config_of(to_bytes(config))), to_bytes(config));
  }
}

TEST(BytesOfARun, CutAnywhereAreRefused) {
  const Workplace place;
  RandomConfig random(1);
  const std::string bytes = to_bytes(random_run(random, place));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_THROW(run_config_of(bytes.substr(0, size)), InfrastructureError) << size;
  EXPECT_THROW(run_config_of(bytes + "x"), InfrastructureError);
}

}  // namespace
}  // namespace prs::test
