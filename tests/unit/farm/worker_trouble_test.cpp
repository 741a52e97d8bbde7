#include <csignal>

#include "worker_fixture.hpp"

namespace prs {
namespace {

TEST_F(WorkerTest, AfterAnIoErrorNothingIsReported) {
  break_disk();
  begin();
  give({1, 2});
  driver.fail();
  const std::string trouble = wait_for(Tag::trouble);
  EXPECT_EQ(trouble.substr(0, 7), "node0: ");
  EXPECT_TRUE(driver.is_killed);
  turns(20);
  put_close(false, 1, true);
  worker.turn();
  transport.take(Tag::closed);
}

TEST_F(WorkerTest, ABugOfTheHostsIsToldOnce) {
  begin();
  driver.bug = "the host is broken";
  worker.turn();
  EXPECT_EQ(transport.take(Tag::trouble), "node0: the host is broken");
  driver.bug = "the host is broken";
  turns();
  open(2);
  EXPECT_EQ(driver.made, 1);
}

TEST_F(WorkerTest, AWorkerWhosePartCannotBeMadeStillTakesPartInTheRounds) {
  std::filesystem::remove_all(folder.parts());
  start();
  EXPECT_NE(wait_for(Tag::trouble).find("7.rows"), std::string::npos);
  put_close(false, 1, true);
  worker.turn();
  transport.take(Tag::closed);
  rounds.end_last_round({});
  worker.turn();
}

TEST_F(WorkerTest, EachSignalIsToldOnce) {
  begin();
  transport.signal(SIGTERM);
  turns();
  auto told = protocol::plain_value<protocol::Signal>(transport.take(Tag::signal));
  EXPECT_EQ(told.number, SIGTERM);
  EXPECT_EQ(told.count, 1);
  turns();
  transport.signal(SIGINT);
  turns();
  told = protocol::plain_value<protocol::Signal>(transport.take(Tag::signal));
  EXPECT_EQ(told.number, SIGINT);
  EXPECT_EQ(told.count, 2);
}

TEST_F(WorkerTest, WithoutItsMasterItEndsAndSaysNothingToIt) {
  begin();
  give({1});
  transport.peers().lose(0);
  const protocol::Leave leave = worker.serve();
  is_over = true;
  EXPECT_EQ(leave.status, ExitStatus::infrastructure);
  EXPECT_TRUE(leave.is_rank_lost);
  EXPECT_TRUE(driver.is_killed);
  EXPECT_EQ(transport.flushes(), 1);
}

TEST_F(WorkerTest, ALostPeerIsToldAndTheRoundsGoOnWithoutIt) {
  transport.peers().survive_losses();
  begin();
  transport.peers().lose(2);
  worker.turn();
  EXPECT_EQ(protocol::plain_value<int>(transport.take(Tag::peer_lost)), 2);
  EXPECT_EQ(rounds.told_losses(), std::vector<int>{2});
}

TEST_F(WorkerTest, WhereMpiToleratesNoLossTheRoundsAreLeftAlone) {
  begin();
  transport.peers().lose(2);
  worker.turn();
  transport.take(Tag::peer_lost);
  EXPECT_TRUE(rounds.told_losses().empty());
}

TEST_F(WorkerTest, RanksThatHangAreEndedByWhoeverCan) {
  start();
  protocol::Leave leave{ExitStatus::failed, false, true, {2}};
  transport.put(0, Tag::leave, protocol::to_bytes(leave));
  EXPECT_EQ(worker.serve().status, ExitStatus::failed);
  is_over = true;
  transport.take(Tag::left);
  EXPECT_EQ(transport.peers().take_ended_by_force(), std::vector<int>{2});
}

}  // namespace
}  // namespace prs
