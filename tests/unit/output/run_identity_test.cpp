#include "output/run_identity.hpp"

#include <gtest/gtest.h>

#include "model/run_folder.hpp"
#include "support/errors.hpp"
#include "tests/unit/output/output_fixture.hpp"

namespace prs {
namespace {

RunIdentity example() {
  return {"predict-digits",
          0x00FFEEDDCCBBAA99,
          {{"arguments", "--a 1"}, {"inputs", "digits=/data/digits"}, {"mini_batch_size", "5"}},
          3,
          {{"arguments", {"--a", "1"}}},
          {"00ff", 2}};
}

TEST(RunIdentity, ComesBackAsItWasSaved) {
  const OutputFolder folder;
  const std::string path = RunFolder{folder.file("run")}.identity();
  EXPECT_FALSE(load_run_identity(path));
  save_run_identity(path, example());
  EXPECT_EQ(load_run_identity(path), example());
  RunIdentity again = example();
  again.starts = 4;
  save_run_identity(path, again);
  EXPECT_EQ(load_run_identity(path)->starts, 4u);
}

TEST(RunIdentity, NamesOfAnyBytesComeBack) {
  const OutputFolder folder;
  RunIdentity identity = example();
  identity.name = "caf\xc3\xa9 \"x\"\n";
  identity.settled["inputs"] = "/data/\xff\xfe\n";
  identity.words["inputs"] = {"", "/data/\xff\xfe\n"};
  save_run_identity(folder.file("run.json"), identity);
  EXPECT_EQ(load_run_identity(folder.file("run.json")), identity);
}

TEST(RunIdentity, ADamagedFileIsAnErrorThatSaysWhatToDo) {
  const OutputFolder folder;
  const std::string path = folder.file("run.json");
  save_run_identity(path, example());
  const std::string whole = bytes_of(path);
  for (std::size_t size = 0; size + 2 < whole.size(); ++size) {
    write_bytes(path, whole.substr(0, size));
    try {
      load_run_identity(path);
      FAIL() << "cut after " << size;
    } catch (const InfrastructureError& error) {
      EXPECT_NE(std::string(error.what()).find(path), std::string::npos);
      EXPECT_NE(std::string(error.what()).find("--overwrite"), std::string::npos);
    }
  }
  for (const char* other : {"[]", "{}", "{\"version\": 2}", "{\"version\": \"x\"}", "null", "\xff"}) {
    write_bytes(path, other);
    EXPECT_THROW(load_run_identity(path), InfrastructureError) << other;
  }
  for (const char* other : {"6.7e20", "-1", "4294967296", "1.5"}) {
    std::string damaged = whole;
    const std::size_t at = damaged.find_first_of("0123456789", damaged.find("starts"));
    ASSERT_NE(at, std::string::npos);
    write_bytes(path, damaged.replace(at, damaged.find_first_not_of("0123456789", at) - at, other));
    EXPECT_THROW(load_run_identity(path), InfrastructureError) << other;
  }
}

TEST(RunIdentity, DifferencesNameWhatWasAndWhatIs) {
  RunIdentity is = example();
  is.name = "another";
  is.starts = 9;
  EXPECT_TRUE(differences(example(), is).empty());
  is.plan_fingerprint = 1;
  is.settled["arguments"] = "--a 2";
  is.words["arguments"] = {"--a", "2"};
  is.settled.erase("mini_batch_size");
  is.settled["partition_keys"] = "state";
  EXPECT_EQ(differences(example(), is),
            (std::vector<std::string>{"arguments: was [--a 1], is [--a 2]", "mini_batch_size: was [5], is not given",
                                      "partition_keys: was not given, is [state]"}));
}

TEST(RunIdentity, WordsWithBlanksDifferFromMoreWords) {
  RunIdentity is = example();
  is.words["arguments"] = {"--a 1"};
  EXPECT_EQ(differences(example(), is), (std::vector<std::string>{"arguments: was [\"--a\",\"1\"], is [\"--a 1\"]"}));
  is.words["arguments"] = {"--a", "1", ""};
  is.settled["arguments"] = "--a 1 ";
  EXPECT_EQ(differences(example(), is).size(), 1u);
}

TEST(RunIdentity, AFolderOfAnOlderProgramIsComparedByItsTexts) {
  const OutputFolder folder;
  const std::string path = folder.file("run.json");
  write_bytes(path,
              R"({"version": 1, "name": "predict-digits", "plan_fingerprint": "00ffeeddccbbaa99", "starts": 3,
                  "settled": {"arguments": "--a 1", "inputs": "digits=/data/digits", "mini_batch_size": "5"}})");
  const auto earlier = load_run_identity(path);
  ASSERT_TRUE(earlier);
  EXPECT_EQ(earlier->launch, Launch{});
  EXPECT_TRUE(differences(*earlier, example()).empty());
  RunIdentity is = example();
  is.words["arguments"] = {"--a 1"};
  EXPECT_TRUE(differences(*earlier, is).empty()) << "it cannot be told";
  is.settled["arguments"] = "--a 2";
  EXPECT_EQ(differences(*earlier, is).size(), 1u);
}

TEST(RunIdentity, OtherItemsInTheSamePlacesAreADifference) {
  RunIdentity is = example();
  is.plan_fingerprint = 1;
  const auto lines = differences(example(), is);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_NE(lines[0].find("other items"), std::string::npos);
}

}  // namespace
}  // namespace prs
