// The option table, configs/full.yaml, the help and the parser say the same (SPEC 2.3).
#include "config/option_table.hpp"

#include <regex>
#include <sstream>

#include "config/section.hpp"
#include "config_test_support.hpp"

namespace prs::test {
namespace {

std::string content(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// full.yaml with every key live, and the files that its examples name.
std::string uncommented(const Workplace& place) {
  place.write("models/digits.json", "{}");
  place.write("models/other/x", "");
  place.write("digits.py", "");
  return std::regex_replace(full_yaml(), std::regex("(^|\n)( *)#([a-z_]+: )"), "$1$2$3");
}

TEST(FullYaml, IsWhatIsCheckedIn) {
  if (::getenv("PRS_WRITE_FULL_YAML")) std::ofstream(PRS_FULL_YAML) << full_yaml();
  EXPECT_EQ(content(PRS_FULL_YAML), full_yaml()) << "write it anew with PRS_WRITE_FULL_YAML=1";
}

TEST(FullYaml, LoadsAsItIs) {
  const Workplace place;
  place.write("digits.py", "");
  const RunConfig config = loaded(place, full_yaml());
  EXPECT_EQ(config.parallel.error_threshold, 10);
  EXPECT_FALSE(config.parallel.run_max_try);
}

TEST(FullYaml, WithEveryKeyLiveIsAcceptedButForWhatIsNotSupported) {
  const Workplace place;
  const std::string text = uncommented(place);
  const std::string mistakes = mistakes_in(place, text);
  std::string expected_line =
      "the key 'partition_keys' in parallel_run_config is not supported by this version; remove it";
  EXPECT_NE(mistakes.find(expected_line), std::string::npos) << mistakes;
  const RunConfig config = loaded(place, std::regex_replace(text, std::regex("\n *partition_keys: [^\n]*"), ""));
  for (const Option* option : options_of(Section::parallel_run_config))
    EXPECT_EQ(option->text(config.parallel, {"/", false}).empty(), !option->is_supported) << option->key;
}

TEST(FullYaml, NamesEveryKey) {
  for (const Option& option : option_table()) {
    if (!option.is_supported || option.section == Section::model) continue;
    EXPECT_TRUE(std::regex_search(full_yaml(), std::regex("\n *(- )?#?" + option.key + ":"))) << option.key;
  }
}

TEST(FullYaml, StatesTheDefaultsThatHold) {
  const ParallelRunConfig filled = with_defaults({});
  const Option* none = nullptr;
  for (const Option* option : options_of(Section::parallel_run_config)) {
    const std::string text = option->text(filled, {"/", false});
    if (text.empty() || option->default_text == "required" || option->default_text.find(' ') != std::string::npos)
      continue;
    EXPECT_EQ(text, option->default_text) << option->key;
    EXPECT_EQ(option->key == "progress_update_timeout" ? "270" : option->example, text) << option->key;
  }
  EXPECT_EQ(find_option(Section::parallel_run_config, "no_such_key"), none);
}

TEST(EveryKey, CanBeSetFromTheCommandLine) {
  const Workplace place;
  for (const Option* option : options_of(Section::parallel_run_config)) {
    ConfigOverrides overrides;
    overrides.settings = {option->key + "=" + option->example};
    const std::string mistakes = mistakes_in(place, native(), overrides);
    EXPECT_EQ(mistakes.empty(), option->is_supported) << option->key << ": " << mistakes;
    overrides.settings = {"parallel_run_config." + option->key + "=" + option->example};
    EXPECT_EQ(mistakes_in(place, native(), overrides).empty(), option->is_supported) << option->key;
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
    EXPECT_FALSE(option.type.empty() || option.sentence.empty() || option.default_text.empty()) << option.key;
    if (!option.is_supported) continue;
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
