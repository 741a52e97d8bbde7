// What other programs read: `prs_mpi config --json` and `--given` (rule 9.3).
#include <nlohmann/json.hpp>

#include "config_test_support.hpp"

namespace prs::test {
namespace {

using Json = nlohmann::json;

TEST(JsonText, HasTheTypesOfTheValues) {
  const Json json = Json::parse(json_of("a: 5\nb: -1.5\nc: true\nd: null\ne: '5'\nf: yes\ng: [1, [x, {h: 2}]]\n"));
  EXPECT_EQ(json, Json::parse(R"({"a": 5, "b": -1.5, "c": true, "d": null, "e": "5", "f": "yes",
                                  "g": [1, ["x", {"h": 2}]]})"));
  EXPECT_EQ(json_of(""), "{}\n");
  EXPECT_EQ(Json::parse(json_of("a: 010\nb: 1_000\nc: .5\n")), Json::parse(R"({"a": "010", "b": "1_000", "c": ".5"})"));
}

TEST(JsonText, KeepsTextsAsTheyAre) {
  EXPECT_EQ(json_of("a: \"\\\"x\\\\\\n\\t\\x01 \\u00fc\"\n"), "{\"a\": \"\\\"x\\\\\\n\\t\\u0001 \u00fc\"}\n");
  // Python reads the lone surrogate as the byte 0xFF of a path (PEP 383).
  EXPECT_EQ(json_of("a: !!binary Yf9i\n"), "{\"a\": \"a\\udcffb\"}\n");
}

TEST(JsonText, OfARunHasTheDefaultsThatHold) {
  const Workplace place;
  const Json json = Json::parse(json_of(text_of(loaded(place, native("name: 'true'\n")))));
  EXPECT_EQ(json["name"], "true");
  EXPECT_EQ(json["output"], place.path("out"));
  EXPECT_EQ(json["inputs"][0]["name"], "digits");
  EXPECT_EQ(json["parallel_run_config"]["run_max_try"], 3);
  EXPECT_EQ(json["parallel_run_config"]["append_row_file_name"], "parallel_run_step.txt");
}

TEST(Given, IsWhatIsGivenAndNothingMore) {
  const Workplace place;
  place.write("c.yaml", native("", "  run_max_try: 2\n  init_timeout: null\n"));
  std::vector<std::string> warnings;
  const std::string text = given_text("c.yaml", {{"node_count=4"}, {}, {}, {}, {}}, warnings);
  EXPECT_EQ(Json::parse(json_of(text)), Json({{"entry_script", "digits.py"},
                                              {"source_directory", place.path("scripts")},
                                              {"error_threshold", 10},
                                              {"output_action", "append_row"},
                                              {"run_max_try", 2},
                                              {"node_count", 4}}));
}

TEST(Given, NeedsNoInputsAndNoOutput) {
  const Workplace place;
  place.write("empty.yaml", "{}\n");
  const std::vector<std::string> settings = {"entry_script=scripts/digits.py", "error_threshold=1",
                                             "output_action=append_row"};
  std::vector<std::string> warnings;
  EXPECT_NE(given_text("empty.yaml", {settings, {}, {}, {}, {}}, warnings).find(place.path("scripts/digits.py")),
            std::string::npos);
  EXPECT_TRUE(warnings.empty());
}

TEST(Given, HasEveryMistakeOfItsKeys) {
  const Workplace place;
  place.write("v1.yaml", "entry_script: none.py\nerror_threshold: -2\noutput_action: append\nunheard_of: 1\n");
  std::vector<std::string> warnings;
  const std::string mistakes = mistakes_of([&] { given_text("v1.yaml", {}, warnings); });
  for (const char* key : {"entry_script is", "error_threshold is", "output_action is"})
    EXPECT_NE(mistakes.find(key), std::string::npos) << mistakes;
  EXPECT_EQ(mistakes.find("unheard_of"), std::string::npos) << "a warning in v1 files";
}

}  // namespace
}  // namespace prs::test
