#include "report/status_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "support/posix_io.hpp"
#include "support/temporary_folder.hpp"

namespace prs {
namespace {

RunStatus named() {
  RunStatus status;
  status.result.name = "digits";
  status.lease = "1-abc";
  return status;
}

std::optional<RunStatus> read(const std::string& path) {
  return std::filesystem::exists(path) ? run_status_of(read_file(path)) : std::nullopt;
}

TEST(StatusFile, TheLastWordStays) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/status.json";
  {
    StatusFile file(path, named());
    Progress progress;
    progress.mini_batches = 10;
    RunResult result;
    result.name = "digits";
    for (int i = 0; i < 200; ++i) {
      progress.done = static_cast<std::uint64_t>(i) % 10;
      file.publish(progress, {});
      if (i == 100) file.finish(result);
    }
  }
  const auto status = read(path);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->state, RunStatus::State::ended);
  EXPECT_EQ(status->lease, "1-abc");
  EXPECT_FALSE(std::filesystem::exists(path + ".part"));
}

TEST(StatusFile, ARunIsStartingUntilSomethingIsHandedOut) {
  const TemporaryFolder folder;
  StatusFile file(folder.path() + "/status.json", named());
  Progress progress;
  file.publish(progress, {});
  EXPECT_EQ(file.status().state, RunStatus::State::starting);
  StatusFile other(folder.path() + "/other.json", named());
  progress.running = 1;
  other.publish(progress, {});
  EXPECT_EQ(other.status().state, RunStatus::State::running);
}

TEST(StatusFile, AFolderThatIsGoneEndsNothing) {
  StatusFile file("/nonexistent/status.json", named());
  file.publish({}, {});
  file.finish({});
}

}  // namespace
}  // namespace prs
