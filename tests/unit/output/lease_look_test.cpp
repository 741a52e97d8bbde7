#include "output/lease_look.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "support/posix_io.hpp"
#include "tests/unit/output/lease_fixture.hpp"

namespace prs {
namespace {

using Life = LeaseLook::Life;

void put(const std::string& path, const std::string& bytes, double age_seconds) {
  write_bytes(path, bytes);
  timespec then{};
  ::clock_gettime(CLOCK_REALTIME, &then);
  then.tv_sec -= static_cast<time_t>(age_seconds);
  const timespec times[2] = {then, then};
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
}

TEST(LeaseLook, WhereNobodyEverWasThereIsNone) {
  const OutputFolder folder;
  LeaseLook look(folder.file("lease"));
  const auto sight = look.look();
  EXPECT_EQ(sight.life, Life::none);
  EXPECT_EQ(sight.lease, "");
}

TEST(LeaseLook, AJobOfThisMachineIsAliveUntilItReleases) {
  const OutputFolder folder;
  LeaseLook look(folder.file("lease"));
  {
    const RunLease lease(folder.file("lease"), {});
    const auto sight = look.look();
    EXPECT_EQ(sight.life, Life::alive);
    EXPECT_EQ(sight.lease, lease.name());
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.file("lease")), {}), 1) << "nothing is written";
  }
  EXPECT_EQ(look.look().life, Life::none);
}

TEST(LeaseLook, AStrangersYoungLeaseIsTakenForAlive) {
  const OutputFolder folder;
  put(folder.file("3.lease"), stranger().line(), 5);
  LeaseLook look(folder.file(""));
  const auto sight = look.look();
  EXPECT_EQ(sight.life, Life::alive);
  EXPECT_TRUE(sight.lease.starts_with("3-")) << sight.lease;
  EXPECT_NE(sight.holder.find("process 4711 on host far"), std::string::npos);
}

TEST(LeaseLook, AnOldOneIsWatchedAndASignShowsItAlive) {
  const OutputFolder folder;
  LeaseHolder holder = stranger();
  holder.length_seconds = 3600;
  put(folder.file("1.lease"), holder.line(), 7200);
  LeaseLook look(folder.file(""));
  EXPECT_EQ(look.look().life, Life::unclear);
  put(folder.file("1.lease"), holder.line() + ".", 7200);  // by a clock that is two hours off
  EXPECT_EQ(look.look().life, Life::alive);
  EXPECT_EQ(look.look().life, Life::alive) << "the next sign is not due yet";
}

TEST(LeaseLook, AnOldOneWithoutASignIsNone) {
  const OutputFolder folder;
  LeaseHolder holder = stranger();
  holder.length_seconds = 1e-9;
  put(folder.file("1.lease"), holder.line(), 10);
  LeaseLook look(folder.file(""));
  look.look();
  EXPECT_EQ(look.look().life, Life::none);
}

TEST(LeaseLook, TheHolderAndWhatItsProcessDoesAreSeen) {
  const OutputFolder folder;
  LeaseHolder holder = us();
  put(folder.file("1.lease"), holder.line(), 1);
  const auto running = LeaseLook(folder.file("")).look();
  EXPECT_EQ(running.sign, ProcessSign::running);
  EXPECT_EQ(running.process, ::getpid());
  holder.process_start += 1;
  put(folder.file("1.lease"), holder.line(), 1);
  const auto gone = LeaseLook(folder.file("")).look();
  EXPECT_EQ(gone.sign, ProcessSign::gone);
  EXPECT_EQ(gone.life, Life::none);
}

TEST(LeaseLook, AReleasedOneIsNone) {
  const OutputFolder folder;
  put(folder.file("1.lease"), stranger().line() + "..r", 1);
  LeaseLook look(folder.file(""));
  EXPECT_EQ(look.look().life, Life::none);
}

}  // namespace
}  // namespace prs
