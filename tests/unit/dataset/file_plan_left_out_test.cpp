#include <sys/socket.h>
#include <sys/un.h>

#include "file_tree.hpp"

namespace prs::test {
namespace {
using Strings = std::vector<std::string>;

TEST(FilePlanLeftOut, HiddenFilesAndFoldersThatAreFoundByWalking) {
  const FileTree tree;
  tree.files({"in/a", "in/.hidden", "in/.folder/b", "in/c/.d", "in/c/e", "in/..f"});
  EXPECT_EQ(all_paths(plan_of({tree.path("in")})), tree.paths({"in/a", "in/c/e"}));
}

TEST(FilePlanLeftOut, NotWhatIsHiddenAndNamed) {
  const FileTree tree;
  tree.files({"in/.hidden", "in/.folder/b", "in/.folder/.c"});
  EXPECT_EQ(all_paths(plan_of({tree.path("in/.hidden"), tree.path("in/.folder")})),
            tree.paths({"in/.folder/b", "in/.hidden"}));
  EXPECT_EQ(all_paths(plan_of({tree.path("*/.folder")})), tree.paths({"in/.folder/b"}));
}

TEST(FilePlanLeftOut, TheRunFolderByItsPath) {
  const FileTree tree;
  tree.files({"in/a", "in/runs/one/parallel_run_step.txt", "in/runs/two/b"});
  for (const std::string left_out : {"in/runs/one", "in/runs/one/", "in//runs/./one"})
    EXPECT_EQ(all_paths(plan_of({tree.path("in")}, {.left_out_folder = tree.path(left_out)})),
              tree.paths({"in/a", "in/runs/two/b"}))
        << left_out;
}

TEST(FilePlanLeftOut, TheRunFolderUnderAnotherName) {
  const FileTree tree;
  tree.files({"in/a", "in/runs/one/b"});
  tree.link("in", "alias");
  tree.link("runs/one", "in/latest");
  EXPECT_EQ(all_paths(plan_of({tree.path("in")}, {.left_out_folder = tree.path("alias/runs/one")})),
            tree.paths({"in/a"}));
}

TEST(FilePlanLeftOut, ARunFolderThatDoesNotExistYetChangesNothing) {
  const FileTree tree;
  tree.file("in/a");
  const FilePlan::Options options{.left_out_folder = tree.path("in/run")};
  const std::uint64_t before = plan_of({tree.path("in")}, options).fingerprint();
  tree.file("in/run/rows");
  EXPECT_EQ(plan_of({tree.path("in")}, options).fingerprint(), before);
}

TEST(FilePlanLeftOut, NamingTheRunFolderAsInputIsAnError) {
  const FileTree tree;
  tree.files({"run/a", "run/sub/b"});
  tree.link("run", "alias");
  for (const std::string path : {"run", "run/sub", "run/a", "run/s*", "alias/sub"})
    EXPECT_NE(user_error_of({tree.path(path)}, {.left_out_folder = tree.path("run")}).find("run folder"),
              std::string::npos)
        << path;
}

TEST(FilePlanLinks, ToFilesAreFollowed) {
  const FileTree tree;
  tree.files({"in/a", "elsewhere/b"});
  tree.link("../elsewhere/b", "in/link");
  EXPECT_EQ(all_paths(plan_of({tree.path("in")})), tree.paths({"in/a", "in/link"}));
}

TEST(FilePlanLinks, ToFoldersAreFollowedUnderTheirOwnName) {
  const FileTree tree;
  tree.files({"in/a", "in/z", "elsewhere/b/c"});
  tree.link("../elsewhere", "in/m");
  const FilePlan plan = plan_of({tree.path("in")});
  EXPECT_EQ(all_paths(plan), tree.paths({"in/a", "in/m/b/c", "in/z"}));
  EXPECT_TRUE(plan.warnings().empty());
}

TEST(FilePlanLinks, LoopsAreNotFollowed) {
  const FileTree tree;
  tree.files({"in/a", "in/b/c"});
  tree.link(".", "in/self");
  tree.link("..", "in/b/up");
  tree.link("../..", "in/b/above-the-input");
  const FilePlan plan = plan_of({tree.path("in")});
  EXPECT_EQ(all_paths(plan), tree.paths({"in/a", "in/b/c"}));
  ASSERT_EQ(plan.warnings().size(), 1u);
  EXPECT_EQ(plan.warnings()[0], "input 'numbers': 3 links that lead back to a folder above them left out under " +
                                    tree.path("in") + ", the first: " + tree.path("in/b/above-the-input"));
}

TEST(FilePlanLinks, TwoFoldersThatLinkToEachOtherEnd) {
  const FileTree tree;
  tree.files({"in/a/1", "in/b/2"});
  tree.link("../b", "in/a/to-b");
  tree.link("../a", "in/b/to-a");
  EXPECT_EQ(all_paths(plan_of({tree.path("in")})), tree.paths({"in/a/1", "in/a/to-b/2", "in/b/2", "in/b/to-a/1"}));
}

TEST(FilePlanLinks, BrokenOnesAreLeftOutWithAWarning) {
  const FileTree tree;
  tree.file("in/a");
  tree.link("nowhere", "in/broken");
  tree.link("circle2", "in/circle1");
  tree.link("circle1", "in/circle2");
  tree.link("a/below-a-file", "in/through-a-file");
  const FilePlan plan = plan_of({tree.path("in")});
  EXPECT_EQ(all_paths(plan), tree.paths({"in/a"}));
  ASSERT_EQ(plan.warnings().size(), 1u);
  EXPECT_EQ(plan.warnings()[0].find("input 'numbers': 4 broken symbolic links left out under " + tree.path("in")), 0u);
}

TEST(FilePlanLeftOut, SocketsAndPipesWithAWarning) {
  const FileTree tree;
  tree.file("in/a");
  ASSERT_EQ(::mkfifo(tree.path("in/pipe").c_str(), 0644), 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string socket_path = tree.path("in/socket");
  socket_path.copy(address.sun_path, sizeof address.sun_path - 1);
  const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  tree.link("/dev/null", "in/null");
  const FilePlan plan = plan_of({tree.path("in")});
  EXPECT_EQ(all_paths(plan), tree.paths({"in/a"}));
  ASSERT_EQ(plan.warnings().size(), 1u);
  EXPECT_EQ(plan.warnings()[0].find("input 'numbers': 3 sockets, pipes or devices left out under "), 0u);
}

}  // namespace
}  // namespace prs::test
