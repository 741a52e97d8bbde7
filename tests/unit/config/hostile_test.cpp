// No text can make the reader crash, hang or eat memory (rule 2.6): each comes back, with a mistake.
#include <sys/resource.h>
#include <sys/stat.h>

#include <iterator>
#include <random>

#include "config_test_support.hpp"

namespace prs::test {
namespace {

std::string repeated(const std::string& piece, std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += piece;
  return text;
}

std::string bomb(int levels, const std::string& leaf) {
  std::string text = "a0: &a0 " + leaf + "\n";
  for (int i = 1; i <= levels; ++i) {
    const std::string below = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + repeated(below + ", ", 10 * below.size()) +
            below + "]\n";
  }
  return text;
}

TEST(HostileText, OfEachKindGivesAMistake) {
  const Workplace place;
  const std::size_t many = 200'000;
  const std::vector<std::string> texts = {repeated("[", many),
                                          repeated("{", many),
                                          repeated("- ", many),
                                          repeated("? ", many),
                                          repeated("a: ", many),
                                          repeated("{a: ", many),
                                          repeated("[a, ", many),
                                          repeated("[[], ", many),
                                          repeated("&a ", many),
                                          repeated("*a ", many),
                                          repeated("!t ", many),
                                          repeated(",", many),
                                          repeated("]", many),
                                          repeated(": ", many),
                                          repeated("?:", many),
                                          repeated("---\n", many),
                                          repeated("...\n", many),
                                          repeated("%YAML 1.2\n", many),
                                          repeated("\n", many),
                                          repeated("\t", many),
                                          repeated("\r", many),
                                          repeated(" ", many),
                                          repeated("#\n", many),
                                          repeated("'", many),
                                          repeated("\\", many),
                                          "\"" + repeated("\\\n", many),
                                          "|\n" + repeated(" a\n", many),
                                          repeated("x\n", many),
                                          repeated("\xff", many),
                                          repeated("\xef\xbb\xbf", many),
                                          "\xff\xfe" + repeated("a", many),
                                          std::string(many, '\0'),
                                          repeated("\x04", many),
                                          "inputs: a\x04",
                                          bomb(20, "[x, x]"),
                                          bomb(9, "\"" + std::string(1 << 20, 'x') + "\""),
                                          "a: &a [*a]",
                                          "a: &a {b: *a}",
                                          "&a a: *a",
                                          "a: *b",
                                          "a: !!binary \"###\"",
                                          "a: !!binary \"\xc3\xa9\xff\x80\"",
                                          "a: !!python/object:x {}",
                                          "a: \"\\0\"",
                                          "a: \"\\ud800\"",
                                          "? ? ? a",
                                          "{a: 1, a: 2, a: 3}",
                                          "a: b: c",
                                          "- a\nb: c",
                                          "a:\n\t- b",
                                          "!!map [a]",
                                          "!!seq {a: b}",
                                          "~",
                                          "null",
                                          "5",
                                          "\"text\"",
                                          "!!binary abc",
                                          "%TAG ! x\n---\na: b",
                                          "&a",
                                          "*a",
                                          "!",
                                          "|",
                                          ">",
                                          "-",
                                          "?",
                                          ":",
                                          ",",
                                          "@",
                                          "`",
                                          "%",
                                          native() + "---\n" + native(),
                                          native().substr(0, 40),
                                          "[" + repeated("a,", many),
                                          "inputs: [" + repeated("{},", many) + "]",
                                          repeated("k: v\n", many)};
  for (const std::string& text : texts) EXPECT_NE(mistakes_in(place, text), "") << text.substr(0, 60);
}

TEST(HostileText, AtTheLargestSizeTakesBoundedMemory) {
  const Workplace place;
  for (const std::string piece : {"[", "{a: ", "&a ", "- x\n", "x: y\n", "\"a\", ", "[a,\n"})
    EXPECT_NE(mistakes_in(place, repeated(piece, 15u << 20)), "") << piece;
#ifndef PRS_IS_SANITIZED  // which needs memory of its own
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  EXPECT_LT(usage.ru_maxrss, 400 * 1024) << "KiB";
#endif
}

TEST(HostileText, OfTheV2FormTakesBoundedTime) {
  const Workplace place;
  const std::size_t many = 40'000;
  std::string names, references, arguments;
  for (std::size_t i = 0; i < many; ++i) {
    const std::string number = std::to_string(i);
    names += "  i" + number + ": {default: 1}\n";
    references += "      i" + number + ": ${{parent.inputs.j" + number + "}}\n";
    arguments += "${{inputs.j" + number + "}} $[[${{inputs.i" + number + "}}]]";
  }
  const std::string end = "input_data: ${{inputs.x}}\ntask: {entry_script: scripts/digits.py, program_arguments: '";
  EXPECT_NE(mistakes_in(place, "type: parallel\ninputs:\n" + names + end + arguments.substr(0, 1 << 20) + "'}\n"), "");
  EXPECT_NE(mistakes_in(place, "type: parallel\n" + end + repeated("$[[", 300'000) + "'}\n"), "");
  EXPECT_NE(mistakes_in(place, "type: parallel\n" + end + repeated("a ", 1'000'000) + "'}\n"), "");
  EXPECT_NE(mistakes_in(place, "type: pipeline\ninputs:\n" + names + "jobs:\n  a:\n    type: parallel\n    inputs:\n" +
                                   references),
            "");
}

TEST(HostileText, OfManyMistakesListsAThousandOfThem) {
  const Workplace place;
  std::string text;
  for (int i = 0; i < 50000; ++i) text += "key_number_" + std::to_string(i) + ": 1\n";
  try {
    place.write("c.yaml", text);
    load_run_config("c.yaml");
    FAIL();
  } catch (const ConfigurationError& error) {
    EXPECT_GT(error.mistakes().size(), 900u);
    EXPECT_LT(error.mistakes().size(), 1100u);
    EXPECT_NE(std::string(error.what()).find("there is more to mend"), std::string::npos);
  }
}

TEST(HostileText, GivesTheLineAndColumnOfABrokenByte) {
  const Workplace place;
  EXPECT_EQ(mistakes_in(place, "a: b\nnäme: \xff\n").substr(0, 30), "c.yaml:2:7: found the byte '\\x");
  EXPECT_EQ(mistakes_in(place, "a: b\r\nb: \x01\n").substr(0, 33), "c.yaml:2:4: found the control cha");
  EXPECT_NE(mistakes_in(place, "a: [é, ü, !x ä]\n").find("c.yaml:1:11: the tag '!x'"), std::string::npos);
}

TEST(HostileFiles, ThatAreNoFilesAreRefused) {
  const Workplace place;
  ASSERT_EQ(::mkfifo("pipe", 0600), 0);
  EXPECT_EQ(mistakes_of([] { load_run_config("pipe"); }), "pipe: is not a regular file; allowed: a YAML file");
  EXPECT_EQ(mistakes_of([] { load_run_config("data"); }), "data: is a folder; allowed: a YAML file");
  EXPECT_EQ(mistakes_of([] { load_run_config("/dev/zero"); }),
            "/dev/zero: is not a regular file; allowed: a YAML file");
  EXPECT_EQ(mistakes_of([] { load_run_config("none"); }), "none: cannot open the file: No such file or directory");
  EXPECT_NE(mistakes_of([] { load_run_config(""); }), "");
  std::ofstream("large").close();
  fs::resize_file("large", 1ull << 40);
  EXPECT_NE(mistakes_of([] { load_run_config("large"); }).find("larger than 16 MiB"), std::string::npos);
}

TEST(HostileText, InSettingsIsRefused) {
  const Workplace place;
  for (const std::string& value : {repeated("[", 100'000), std::string("&a [*a]"), std::string("\x04"),
                                   std::string("a: b: c"), std::string("[a]\n---\nb")}) {
    ConfigOverrides overrides;
    overrides.settings = {"description=" + value};
    EXPECT_NE(mistakes_in(place, native(), overrides), "") << value.substr(0, 20);
  }
  ConfigOverrides overrides;
  overrides.settings = {repeated("a.", 100'000) + "=1", "parallel_run_config." + repeated("a.", 100'000) + "=1",
                        repeated("models.", 100'000) + "=1"};
  EXPECT_NE(mistakes_in(place, native(), overrides), "");
}

/// A file of the fuzz target's, which shows much of the v2 form.
std::string seed_of_v2(const std::string& name) {
  std::ifstream file(PRS_CONFIG_TEST_FOLDER "/../../fuzz/seeds/config/" + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Pieces that mean something to YAML or to us.
const std::vector<std::string>& pieces_of_yaml() {
  static const std::vector<std::string> pieces = {
      "[",    "]",  "{",   "}",   ": ", "- ", "\n",    "  ",  "\"",   "'",       "&a ",         "*a",
      "<<: ", "!!", "|\n", ">",   "#",  "%",  "---\n", "~",   "null", "-1",      "99999999999", "\xff",
      "\x04", "${", "}}",  "${{", "\t", "? ", ",",     "$[[", "]]",   "inputs.", "parent."};
  return pieces;
}

/// Cuts, doubles, swaps and overwrites pieces of a text.
std::string mutated(std::string text, std::mt19937& random) {
  const std::vector<std::string>& pieces = pieces_of_yaml();
  for (std::size_t n = 1 + random() % 6; n > 0; --n) {
    const std::size_t at = text.empty() ? 0 : random() % text.size();
    const std::size_t length = random() % 12;
    switch (random() % 5) {
      case 0:
        text.erase(at, length);
        break;
      case 1:
        text.insert(at, pieces[random() % pieces.size()]);
        break;
      case 2:
        text.insert(at, text.substr(random() % (text.size() + 1), length));
        break;
      case 3:
        if (!text.empty()) text[at] = static_cast<char>(random());
        break;
      default:
        text.resize(text.size() -
                    std::min<std::size_t>(text.size(), random() % 3 == 0 ? random() % (text.size() + 1) : 0));
    }
  }
  return text;
}

/// Nothing but pieces.
std::string soup(std::mt19937& random) {
  std::string text;
  for (std::size_t n = random() % 60; n > 0; --n) text += pieces_of_yaml()[random() % pieces_of_yaml().size()];
  return text;
}

TEST(MutatedConfigs, NeverCrashTheReader) {
  const char* given = ::getenv("PRS_TEST_SEED");
  const unsigned seed = given ? static_cast<unsigned>(std::stoul(given)) : std::random_device{}();
  std::printf("PRS_TEST_SEED=%u\n", seed);
  const char* rounds_given = ::getenv("PRS_TEST_ROUNDS");
  const int rounds = rounds_given ? std::atoi(rounds_given) : 3000;
  std::mt19937 random(seed);
  const Workplace place;
  const std::string v1 =
      "parallel_run_config:\n  entry_script: digits.py\n  source_directory: scripts\n  error_threshold: 5\n  "
      "output_action: summary_only\n  environment: {name: x, version: 1}\n";
  const std::string table =
      "inputs:\n  - {name: a, path: data, format: csv, separator: \"\\t\", encoding: utf-16, header: no_header, "
      "columns: "
      "[a, b], dtypes: {a: int, b: str}, on_type_error: null, partition_format: '{a}/{b:yyyy}/*'}\noutput: out\n"
      "parallel_run_config: {entry_script: scripts/digits.py, error_threshold: 1, output_action: append_row, "
      "partition_keys: [a]}\n";
  const std::vector<std::string> valid = {
      native(
          "side_inputs: &s {labels: data/labels.txt}\nside_outputs: {o: pictures}\narguments: [--labels, "
          "side_input:labels, '${{side_outputs.o}}', \"a\\tb\"]\nmodels: {m: {path: data, version: 2, tags: {a: b}}}\n",
          "  environment: {prefix: [env, -i]}\n  environment_variables: {A: 010, B: \"x\"}\n  mini_batch_size: 5\n  "
          "run_invocation_timeout: 1.5\n  description: |\n    two\n    lines\n"),
      v1,
      table,
      text_of(loaded(place, native("arguments: [\"\\xff\", ä]\n"))),
      seed_of_v2("v2_component"),
      seed_of_v2("v2_pipeline")};
  place.write("component.yml", valid[4]);
  ConfigOverrides to_out;
  to_out.output = "out";
  EXPECT_EQ(mistakes_in(place, valid[4], to_out), "");
  EXPECT_EQ(mistakes_of_reading(place, valid[2]), "");
  for (int round = 0; round < rounds; ++round) {
    const std::string text = round % 4 == 0 ? soup(random) : mutated(valid[random() % valid.size()], random);
    place.write("c.yaml", text);
    ConfigOverrides overrides = to_out;
    if (random() % 2 == 0) overrides.step = "first";
    if (random() % 4 == 0) overrides.settings = {mutated("parallel_run_config.environment_variables={a: b}", random)};
    try {
      const RunConfig config = read_run_config("c.yaml", overrides);
      EXPECT_EQ(run_config_of(to_bytes(config)), config);
    } catch (const ConfigurationError& error) {
      EXPECT_FALSE(error.mistakes().empty());
    }
  }
}

TEST(CutConfigs, AtEveryByteNeverCrashTheReader) {
  const Workplace place;
  const std::string text = native("arguments: [--labels, \"a\\tb\"]\n", "  environment_variables: {A: 010}\n");
  for (std::size_t size = 0; size < text.size(); ++size) mistakes_in(place, text.substr(0, size));
  EXPECT_EQ(mistakes_in(place, text), "");
}

}  // namespace
}  // namespace prs::test
