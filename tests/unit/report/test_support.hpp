#pragma once

#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>

namespace prs::testing {

/// A folder of the test's own, removed at its end.
class TestFolder {
 public:
  TestFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "prs-report-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

/// A seed that a failing test prints (SCOPED_TRACE) and that PRS_TEST_SEED sets.
inline unsigned test_seed() {
  const char* given = std::getenv("PRS_TEST_SEED");
  return given != nullptr ? static_cast<unsigned>(std::atoi(given)) : std::random_device{}();
}

/// Text as scripts and file systems throw it: plain, quotes, separators, line breaks, UTF-8 and bytes that are none.
inline std::string hostile_text(std::mt19937& random, std::size_t most_pieces) {
  constexpr std::string_view pieces[] = {
      "a",        "/data/", "7",    "\"",   "\\",           ",", "\n",     "\r\n", "\t",       "é",  "日",
      "🙂",     " ",      "\xff", "\xc3", "\xed\xa0\x80", "'", "\x1b[K", "\x7f", "\xc2\x85", "{}", "\xf4\x90\x80\x80",
      "\xe2\x82", "\x01"};
  std::string text;
  for (std::size_t count = random() % (most_pieces + 1); count > 0; --count)
    text += pieces[random() % std::size(pieces)];
  return text;
}

}  // namespace prs::testing
