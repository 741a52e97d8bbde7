// The option table, configs/full.yaml, docs/reference.md, the help and the parser say the same (rule 2.3).
#include "config/option_table.hpp"

#include <algorithm>
#include <sstream>

#include "config/settings.hpp"
#include "config_test_support.hpp"

namespace prs::test {
namespace {

std::string content(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

using Keys = std::vector<std::string>;

/// The lines of full.yaml with every key live ("#key: …" is a key, "# text" is not), but without those left out.
std::string uncommented(const Keys& left_out = {}) {
  std::istringstream lines(full_yaml());
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t mark = line.find_first_not_of(' ');
    if (mark != std::string::npos && line[mark] == '#' && mark + 1 < line.size() && line[mark + 1] != ' ')
      line.erase(mark, 1);
    const std::string content = line.substr(std::min(mark, line.size()));
    const bool is_left_out = std::any_of(left_out.begin(), left_out.end(),
                                         [&](const std::string& key) { return content.starts_with(key + ":"); });
    if (!is_left_out) text += line + "\n";
  }
  return text;
}

/// `format` and the keys that only some formats have.
Keys keys_of_tables() {
  Keys keys = {"format"};
  for (const Option* option : options_of(Section::input))
    if (!option->fits.empty()) keys.push_back(option->key);
  return keys;
}

/// The YAML of a key's value.
std::string written(const Option& option, const ParallelRunConfig& config) {
  return access_of<ParallelRunConfig>(option).text(config, {});
}

/// The files that the examples name.
void make_example_files(const Workplace& place) {
  place.write("models/digits.json", "{}");
  place.write("models/other/x", "");
  place.write("digits.py", "");
}

TEST(FullYaml, IsWhatIsCheckedIn) {
  if (::getenv("PRS_WRITE_FULL_YAML")) std::ofstream(PRS_FULL_YAML) << full_yaml();
  EXPECT_EQ(content(PRS_FULL_YAML), full_yaml()) << "write it anew with PRS_WRITE_FULL_YAML=1";
}

TEST(ReferencePage, IsWhatIsCheckedIn) {
  if (::getenv("PRS_WRITE_REFERENCE")) std::ofstream(PRS_REFERENCE_PAGE) << reference_page();
  EXPECT_EQ(content(PRS_REFERENCE_PAGE), reference_page()) << "write it anew with PRS_WRITE_REFERENCE=1";
}

TEST(ReferencePage, HasARowForEveryKey) {
  const std::string text = reference_page();
  for (const Option& option : option_table())
    EXPECT_NE(text.find("\n| `" + option.key + "` | "), std::string::npos) << option.key;
}

TEST(FullYaml, LoadsAsItIs) {
  const Workplace place;
  place.write("digits.py", "");
  const RunConfig config = loaded(place, full_yaml());
  EXPECT_EQ(config.parallel.error_threshold, 10);
  EXPECT_EQ(config.parallel, settled(as_given(config.parallel)));
  EXPECT_EQ(config.parallel.run_max_try, 3u);
}

/// A run has a size of its mini-batches, or keys.
TEST(FullYaml, WithEveryKeyLiveIsAccepted) {
  const Workplace place;
  make_example_files(place);
  for (const Keys& others : {Keys{"mini_batch_size"}, Keys{"partition_keys", "partition_format"}}) {
    Keys left_out = keys_of_tables();
    left_out.insert(left_out.end(), others.begin(), others.end());
    const RunConfig config = loaded(place, uncommented(left_out));
    for (const Option* option : options_of(Section::parallel_run_config))
      EXPECT_EQ(written(*option, as_given(config.parallel)).empty(), option->key == others[0]) << option->key;
  }
}

TEST(FullYaml, HasExamplesThatEachFormatTakes) {
  const Workplace place;
  make_example_files(place);
  for (const std::string name : {"csv", "jsonl", "parquet", "hdf5"}) {
    std::string input = "{name: a, path: data, type: tabular, format: " + name;
    const RunConfig plain = read(place, native(), {{"inputs=[" + input + "}]"}, {}, {}, {}});
    std::size_t keys = 0;
    for (const Option* option : options_of(Section::input)) {
      const auto fits = std::find(option->fits.begin(), option->fits.end(), plain.inputs[0].table->format);
      if (fits == option->fits.end()) continue;
      const std::string example = option->example.empty() ? option->if_absent.value : option->example;
      input += ", " + option->key + ": " + example;
      ++keys;
    }
    EXPECT_GE(keys, 3u) << name;
    EXPECT_EQ(read(place, native(), {{"inputs=[" + input + "}]"}, {}, {}, {}}).inputs[0].table->columns.size(), 3u);
  }
}

TEST(FullYaml, NamesEveryKey) {
  const std::string text = uncommented();
  for (const Option& option : option_table()) {
    if (option.section() == Section::model) continue;
    const bool is_there = text.find("\n" + option.key + ":") != std::string::npos ||
                          text.find(" " + option.key + ":") != std::string::npos;
    EXPECT_TRUE(is_there) << option.key;
  }
}

TEST(FullYaml, StatesTheDefaultsThatHold) {
  const ParallelRunConfig filled = with_defaults({});
  const std::string text = full_yaml();
  for (const Option* option : options_of(Section::parallel_run_config)) {
    const std::string value = written(*option, filled);
    const bool is_stated = text.find("\n  #" + option->key + ": " + value + "\n") != std::string::npos;
    EXPECT_TRUE(is_stated || value.empty() || option->if_absent.is_required) << option->key;
  }
  EXPECT_NE(text.find("\n#allow_reuse: true\n"), std::string::npos);
  EXPECT_NE(text.find("\n    #type: files\n"), std::string::npos);
}

TEST(Defaults, StandInTheTableAndAreAcceptedByTheirKeys) {
  const ParallelRunConfig filled = with_defaults({});
  for (const Option* option : options_of(Section::parallel_run_config)) {
    const bool has_value = !option->if_absent.value.empty();
    EXPECT_TRUE(!has_value || written(*option, filled) == option->if_absent.value) << option->key;
    const bool follows = access_of<ParallelRunConfig>(*option).follow != nullptr;
    EXPECT_EQ(written(*option, filled).empty() && !option->if_absent.is_required,
              !has_value && !follows && !option->if_absent.is_required)
        << option->key;
  }
  const Option* none = nullptr;
  EXPECT_EQ(find_option(Section::parallel_run_config, "no_such_key"), none);
}

TEST(Defaults, GiveWayToWhatIsGiven) {
  ParallelRunConfig given;
  given.run_max_try = 7;
  given.run_invocation_timeout = 5;
  given.append_row_file_name = "rows.tsv";
  const ParallelRunSettings settings = settled(given);
  EXPECT_EQ(settings.run_max_try, 7u);
  EXPECT_EQ(settings.progress_update_timeout, 105);
  EXPECT_TRUE(settings.append_row_dataframe_header);
  EXPECT_FALSE(settings.node_count) << "the world says";
  EXPECT_EQ(settled(as_given(settings)), settings);
}

TEST(EveryKey, CanBeSetFromTheCommandLine) {
  const Workplace place;
  for (const Option* option : options_of(Section::parallel_run_config)) {
    ConfigOverrides overrides;
    overrides.settings = {option->key + "=" + option->example};
    const std::string mistakes = mistakes_in(place, native(), overrides);
    EXPECT_EQ(mistakes, "") << option->key;
    overrides.settings = {"parallel_run_config." + option->key + "=" + option->example};
    EXPECT_EQ(mistakes_in(place, native(), overrides), "") << option->key;
  }
}

TEST(EveryKey, RefusesAMappingOfUnknownThings) {
  const Workplace place;
  for (const Option* option : options_of(Section::parallel_run_config)) {
    ConfigOverrides overrides;
    overrides.settings = {option->key + "={zzz: {yyy: 1}}"};
    EXPECT_NE(mistakes_in(place, native(), overrides), "") << option->key;
  }
}

TEST(EveryKey, IsExplained) {
  const std::string help = option_help();
  for (const Option& option : option_table()) {
    EXPECT_FALSE(option.type.empty() || option.sentence.empty() || option.if_absent.text.empty()) << option.key;
    EXPECT_FALSE(option.allowed.empty()) << option.key;
    EXPECT_NE(help.find("  " + option.key + ": " + option.type + "\n"), std::string::npos) << option.key;
  }
}

TEST(UnknownKeys, OfParallelRunConfigAreRefused) {
  const Workplace place;
  EXPECT_EQ(mistakes_in(place, native("", "  mini_batchsize: 5\n")),
            "c.yaml:8:3: unknown key 'mini_batchsize' in parallel_run_config; did you mean 'mini_batch_size'?");
}

}  // namespace
}  // namespace prs::test
