// The option table, configs/full.yaml, the help and the parser say the same (rule 2.3).
#include "config/option_table.hpp"

#include <algorithm>
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

/// The lines of full.yaml with every key live ("#key: …" is a key, "# text" is not), but without `left_out`.
std::string uncommented(const std::string& left_out = "") {
  std::istringstream lines(full_yaml());
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t mark = line.find_first_not_of(' ');
    if (mark != std::string::npos && line[mark] == '#' && mark + 1 < line.size() && line[mark + 1] != ' ')
      line.erase(mark, 1);
    if (left_out.empty() || !line.substr(std::min(mark, line.size())).starts_with(left_out + ":")) text += line + "\n";
  }
  return text;
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

TEST(FullYaml, LoadsAsItIs) {
  const Workplace place;
  place.write("digits.py", "");
  const RunConfig config = loaded(place, full_yaml());
  EXPECT_EQ(config.parallel.error_threshold, 10);
  EXPECT_FALSE(config.parallel.run_max_try);
}

TEST(FullYaml, WithEveryKeyLiveIsAcceptedButForWhatIsNotSupported) {
  const Workplace place;
  make_example_files(place);
  const std::string mistakes = mistakes_in(place, uncommented());
  EXPECT_NE(mistakes.find("the key 'partition_keys' in parallel_run_config is not supported by this version"),
            std::string::npos)
      << mistakes;
  const RunConfig config = loaded(place, uncommented("partition_keys"));
  for (const Option* option : options_of(Section::parallel_run_config))
    EXPECT_EQ(option->text(config.parallel, {"/", false}).empty(), !option->is_supported) << option->key;
}

TEST(FullYaml, NamesEveryKey) {
  const std::string text = uncommented();
  for (const Option& option : option_table()) {
    if (!option.is_supported || option.section == Section::model) continue;
    const bool is_there = text.find("\n" + option.key + ":") != std::string::npos ||
                          text.find(" " + option.key + ":") != std::string::npos;
    EXPECT_TRUE(is_there) << option.key;
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
