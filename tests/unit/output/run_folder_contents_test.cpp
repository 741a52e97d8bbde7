#include "output/run_folder_contents.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "support/posix_io.hpp"
#include "support/temporary_folder.hpp"

namespace prs {
namespace {

namespace fs = std::filesystem;

class RunFolderContents : public ::testing::Test {
 protected:
  void make(const std::string& path) const {
    make_folders(fs::path(path).parent_path().string());
    write_file_atomically(path, "x");
  }
  /// Files, and folders without any, below the run folder.
  std::set<std::string> what_is_there() const {
    std::set<std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(folder_.path))
      if (!entry.is_directory() || fs::is_empty(entry.path()))
        found.insert(entry.path().string().substr(folder_.path.size() + 1));
    return found;
  }

  const TemporaryFolder temporary_;
  const RunFolder folder_{temporary_.path() + "/run"};
};

TEST_F(RunFolderContents, AFirstStartBeginsWithOne) {
  EXPECT_EQ(next_start(folder_), 1u);
  EXPECT_EQ(next_part(folder_), 1u);
  EXPECT_TRUE(tries_files_of(folder_).empty());
  make_folders_of(folder_);
  EXPECT_EQ(next_start(folder_), 1u);
  EXPECT_EQ(next_part(folder_), 1u);
}

TEST_F(RunFolderContents, TheNextNumberIsBehindAllThatWereGivenWhateverElseLiesThere) {
  for (const std::uint32_t start : {2U, 10U, 9U}) make(folder_.ledger(start));
  make(folder_.ledgers() + "/77.ledger~");
  make(folder_.ledgers() + "/4294967295.ledger");
  EXPECT_EQ(next_start(folder_), 11u);
}

TEST_F(RunFolderContents, APartAndAFileOfTriesTakeTheSameNumber) {
  make(folder_.part(3));
  EXPECT_EQ(next_part(folder_), 4u);
  make(folder_.tries(6));  // of rank 0, which writes no rows
  EXPECT_EQ(next_part(folder_), 7u);
}

TEST_F(RunFolderContents, FilesOfTriesComeInTheOrderOfTheirNumbers) {
  for (const std::uint32_t part : {10U, 9U, 1U}) make(folder_.tries(part));
  make(folder_.all_tries() + "/notes.csv");
  std::vector<std::uint32_t> parts;
  for (const TriesFile& file : tries_files_of(folder_)) {
    EXPECT_EQ(file.path, folder_.tries(file.part));
    parts.push_back(file.part);
  }
  EXPECT_EQ(parts, (std::vector<std::uint32_t>{1, 9, 10}));
}

TEST_F(RunFolderContents, OfAnEarlierRunOnlyTheLeaseStaysAndWhatIsNoneOfItsOwn) {
  const std::string output = folder_.output("rows.txt");
  for (const std::string& ours :
       {folder_.ledger(1), folder_.part(1), folder_.tries(1), folder_.identity(), folder_.room("process000"),
        folder_.working("1-ab", "process000") + "/core", folder_.job_result(), folder_.failed_items(),
        folder_.output("report.html"), folder_.output("models/m/1"), folder_.output("outputs/o"), output})
    make(ours);
  const std::string lease = LeaseFolder{folder_.lease()}.lease(2);
  make(lease);
  make(folder_.output("notes of mine"));
  delete_earlier_run(folder_, output);
  EXPECT_EQ(what_is_there(), (std::set<std::string>{".prs/lease/2.lease", "notes of mine"}));
}

}  // namespace
}  // namespace prs
