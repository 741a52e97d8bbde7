// Each broken/NAME.yaml gives exactly the mistakes of broken/NAME.expected: all of them, with file, line, column, what
// is allowed and the nearest key (rule 2.6).
#include <fstream>
#include <sstream>

#include "config_test_support.hpp"

namespace prs::test {
namespace {

/// The folder is another one on each machine.
std::string without_folder(std::string text, const std::string& folder) {
  for (std::size_t at = text.find(folder); at != std::string::npos; at = text.find(folder, at))
    text.replace(at, folder.size(), "FOLDER");
  return text;
}

std::string content(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::vector<std::string> broken_names() {
  std::vector<std::string> names;
  for (const auto& file : fs::directory_iterator(fs::path(PRS_CONFIG_TEST_FOLDER) / "broken"))
    if (file.path().extension() == ".yaml") names.push_back(file.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

class BrokenConfig : public testing::TestWithParam<std::string> {};

TEST_P(BrokenConfig, GivesAllOfItsMistakes) {
  const fs::path folder = fs::path(PRS_CONFIG_TEST_FOLDER) / "broken";
  const fs::path before = fs::current_path();
  fs::current_path(folder);
  const std::string mistakes = mistakes_of([] { load_run_config(GetParam() + ".yaml"); });
  fs::current_path(before);
  const fs::path expected = folder / (GetParam() + ".expected");
  if (::getenv("PRS_WRITE_EXPECTED")) std::ofstream(expected) << without_folder(mistakes, folder.string()) << "\n";
  EXPECT_EQ(without_folder(mistakes, folder.string()) + "\n", content(expected));
  EXPECT_NE(mistakes, "");
}

INSTANTIATE_TEST_SUITE_P(EachFile, BrokenConfig, testing::ValuesIn(broken_names()),
                         [](const auto& test) { return test.param; });

TEST(BrokenConfigs, AreAtLeastTwelve) {
  EXPECT_GE(broken_names().size(), 12u);
}

}  // namespace
}  // namespace prs::test
