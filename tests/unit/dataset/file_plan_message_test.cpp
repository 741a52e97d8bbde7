#include "file_tree.hpp"

namespace prs::test {
namespace {
using Strings = std::vector<std::string>;

TEST(FilePlanMessage, AMissingPathTellsWhichPartIsMissingAndWhatIsNear) {
  const FileTree tree;
  tree.file("data/digits/a");
  EXPECT_EQ(user_error_of({tree.path("data/digts/a")}),
            "input 'numbers': no file or folder '" + tree.path("data/digts/a") + "': '" + tree.path("data") +
                "' exists, 'digts' in it does not; did you mean 'digits'? Correct the 'path' of this input");
  EXPECT_EQ(user_error_of({tree.path("data/digits/missing.csv")}),
            "input 'numbers': no file or folder '" + tree.path("data/digits/missing.csv") + "': '" +
                tree.path("data/digits") + "' exists, 'missing.csv' in it does not; correct the 'path' of this input");
  EXPECT_NE(user_error_of({"/no-such-folder-at-the-top/x"}).find("'/' exists, 'no-such-folder-at-the-top' in it"),
            std::string::npos);
}

TEST(FilePlanMessage, AFileOnTheWay) {
  const FileTree tree;
  tree.file("data/a");
  EXPECT_NE(user_error_of({tree.path("data/a/b/c")}).find("'" + tree.path("data/a") + "' is not a folder"),
            std::string::npos);
}

TEST(FilePlanMessage, AMissingFolderBeforeAPattern) {
  const FileTree tree;
  tree.folder("data");
  EXPECT_NE(user_error_of({tree.path("data/x/*.txt")}).find("'x' in it does not"), std::string::npos);
}

TEST(FilePlanMessage, APatternThatNothingMatches) {
  const FileTree tree;
  tree.file("data/a.csv");
  EXPECT_EQ(
      user_error_of({tree.path("data/*.txt")}),
      "input 'numbers': nothing matches '" + tree.path("data/*.txt") + "': the folder '" + tree.path("data") +
          "' exists, but no file in it fits the pattern; correct the 'path' of this input, or put its files there");
}

TEST(FilePlanMessage, AFolderWithoutAFileTellsWhatWasLeftOut) {
  const FileTree tree;
  tree.files({"data/.a", "data/sub/.b"});
  tree.link("nowhere", "data/link");
  EXPECT_EQ(user_error_of({tree.path("data")}),
            "input 'numbers': no file in the folder '" + tree.path("data") +
                "' (left out: 1 broken symbolic link, 2 hidden entries); correct the 'path' of this input, or put its "
                "files there");
}

TEST(FilePlanMessage, EveryPathOfAListMustLeadToAFile) {
  const FileTree tree;
  tree.file("data/a");
  tree.folder("empty");
  EXPECT_NE(user_error_of({tree.path("data"), tree.path("empty")}).find(tree.path("empty")), std::string::npos);
}

TEST(FilePlanMessage, ABrokenLinkOrAPipeThatIsNamed) {
  const FileTree tree;
  tree.link("nowhere", "link");
  ASSERT_EQ(::mkfifo(tree.path("pipe").c_str(), 0644), 0);
  EXPECT_NE(user_error_of({tree.path("link")}).find("a symbolic link that leads nowhere"), std::string::npos);
  EXPECT_NE(user_error_of({tree.path("pipe")}).find("a socket, pipe or device"), std::string::npos);
}

TEST(FilePlanMessage, WhatIsNoPathAtAll) {
  EXPECT_NE(user_error_of({""}).find("not absolute"), std::string::npos);
  EXPECT_NE(user_error_of({"data"}).find("not absolute"), std::string::npos);
  EXPECT_NE(user_error_of({std::string("/a\0b", 4)}).find("NUL"), std::string::npos);
  EXPECT_NE(user_error_of({}).find("no path"), std::string::npos);
  EXPECT_THROW(FilePlan::make({}, {}), UserError);
}

TEST(FilePlanMessage, AStrangeNameStaysOneLine) {
  EXPECT_EQ(user_error_of({"/no/line\nbreak\x1b"}).find('\n'), std::string::npos);
}

/// Acts as a user without rights while it lives; root can read everything.
class WithoutRights {
 public:
  WithoutRights() : was_root_(::geteuid() == 0) {
    if (was_root_ && ::seteuid(65534) != 0) throw InfrastructureError("seteuid");
  }
  ~WithoutRights() {
    if (was_root_ && ::seteuid(0) != 0) std::abort();
  }

 private:
  bool was_root_;
};

TEST(FilePlanMessage, AFolderThatCannotBeReadIsNamed) {
  const FileTree tree;
  tree.files({"data/a", "data/locked/b"});
  ASSERT_EQ(::chmod(tree.path("data/locked").c_str(), 0), 0);
  std::string below, itself, through;
  {
    const WithoutRights guard;
    below = user_error_of({tree.path("data")});
    itself = user_error_of({tree.path("data/locked")});
    through = user_error_of({tree.path("data/locked/b")});
  }
  ::chmod(tree.path("data/locked").c_str(), 0755);
  for (const std::string& message : {below, itself, through}) {
    EXPECT_NE(message.find("'" + tree.path("data/locked")), std::string::npos) << message;
    EXPECT_NE(message.find("Permission denied"), std::string::npos) << message;
    EXPECT_EQ(message.find("input 'numbers': "), 0u) << message;
  }
}

}  // namespace
}  // namespace prs::test
