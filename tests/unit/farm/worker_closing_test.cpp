#include "worker_fixture.hpp"

namespace prs {
namespace {

TEST_F(WorkerTest, AHealthyCloseShutsTheHostDownAndWaitsForAllAcknowledgements) {
  begin();
  give({1});
  driver.end("a\nb\n", std::chrono::seconds(1));
  take_report();
  put_close(true);
  worker.turn();
  EXPECT_TRUE(rounds.is_hurried());
  ASSERT_TRUE(driver.shutdown_until);
  EXPECT_FALSE(driver.is_killed);
  turns(20);
  EXPECT_FALSE(transport.has_sent(Tag::closed));
  driver.is_over = true;
  turns(20);
  EXPECT_FALSE(transport.has_sent(Tag::closed));
  acknowledge(1);
  wait_for(Tag::closed);
  EXPECT_EQ(driver.alive, 0);
  EXPECT_NE(text_of(folder.tries(7)).find("\n1,1,process000"), std::string::npos);
}

TEST_F(WorkerTest, FailedShutdownsOfAFarmAreTold) {
  begin();
  driver.events.is_shutdown_failed = true;  // of a host that was replaced
  worker.turn();
  put_close(true);
  worker.turn();
  driver.events.is_shutdown_failed = true;
  driver.is_over = true;
  EXPECT_EQ(protocol::plain_value<protocol::Closed>(wait_for(Tag::closed)).failed_shutdowns, 2U);
  open(2);
  put_close(true, 2);
  driver.is_over = true;
  EXPECT_EQ(protocol::plain_value<protocol::Closed>(wait_for(Tag::closed)).failed_shutdowns, 0U);
}

TEST_F(WorkerTest, AHostThatHoldsATaskIsKilledAndItsTryIsNoOutcome) {
  begin();
  give({1});
  put_close(true);
  worker.turn();
  EXPECT_TRUE(driver.is_killed);
  wait_for(Tag::closed);
}

TEST_F(WorkerTest, ACloseThatIsNotHealthyForgetsWhatIsNotReported) {
  hold_disk();
  begin();
  give({1});
  driver.end("a\nb\n", std::chrono::seconds(1));
  worker.turn();
  put_close(false);
  worker.turn();
  EXPECT_TRUE(driver.is_killed);
  let_disk_go();
  wait_for(Tag::closed);
  EXPECT_EQ(tally(), Tally());
}

TEST_F(WorkerTest, ACloseInTroubleWaitsForNoDiskAndNoAcknowledgement) {
  begin();
  give({1});
  driver.end("a\nb\n", std::chrono::seconds(1));
  take_report();
  put_close(false, 1, true);
  worker.turn();
  transport.take(Tag::closed);
}

TEST_F(WorkerTest, AStricterCloseKillsWhatTheFirstOneLetEnd) {
  begin();
  put_close(true);
  turns();
  EXPECT_FALSE(driver.is_killed);
  put_close(false);
  worker.turn();
  EXPECT_TRUE(driver.is_killed);
  wait_for(Tag::closed);
}

TEST_F(WorkerTest, ACloseThatCrossesItsClosedIsNotAnsweredAgain) {
  begin();
  put_close(false);
  wait_for(Tag::closed);
  put_close(false);
  turns();
}

TEST_F(WorkerTest, OpenMayOvertakeTheEndOfTheLastRound) {
  begin();
  put_close(false);
  wait_for(Tag::closed);
  open(2);
  EXPECT_EQ(rounds.farm(), 2U);
  EXPECT_FALSE(rounds.is_hurried());
  driver.ready();
  worker.turn();
  transport.take(Tag::host_state);
  take_report();
  give({5});
  EXPECT_EQ(driver.held.size(), 1U);
  put_close(false, 2);
  wait_for(Tag::closed);
  EXPECT_EQ(driver.made, 2);
}

TEST_F(WorkerTest, AWorkerThatGaveUpAnswersTheCloseOfALaterFarm) {
  start();
  open();
  driver.gave_up = Failure{"ImportError", "no module", "Traceback"};
  worker.turn();
  EXPECT_EQ(protocol::failure_of(transport.take(Tag::gave_up)).message, "no module");
  give({1});
  EXPECT_EQ(take_given_back(), (Indices{{1}}));
  put_close(true);
  EXPECT_EQ(protocol::plain_value<protocol::Closed>(wait_for(Tag::closed)).failed_shutdowns, 0U);
  EXPECT_TRUE(driver.is_killed);
  open(2);
  EXPECT_EQ(driver.made, 1);
  EXPECT_EQ(rounds.farm(), 2U);
  put_close(true, 2);
  wait_for(Tag::closed);
}

TEST_F(WorkerTest, GivingUpWaitsForTheDiskWhereOneIsBlamed) {
  hold_disk();
  start();
  open();
  driver.gave_up = Failure{"OSError", "[Errno 28] No space left on device", ""};
  turns(20);
  EXPECT_FALSE(transport.has_sent());
  let_disk_go();
  wait_for(Tag::gave_up);
  turns();
}

TEST_F(WorkerTest, ADiskThatIsFullIsTroubleAndNobodyGaveUp) {
  std::filesystem::create_directories(folder.room("process000"));  // no file can be made there
  start();
  open();
  driver.gave_up = Failure{"OSError", "[Errno 28] No space left on device", ""};
  wait_for(Tag::trouble);
  turns();
}

TEST_F(WorkerTest, BeatsSayWhatIsWaitedFor) {
  const auto beat = [&] {
    transport.take_beats();
    transport.advance(protocol::beat_interval);
    worker.turn();
    const auto beats = transport.take_beats();
    EXPECT_EQ(beats.size(), 1U);
    return protocol::plain_value<protocol::Busy>(beats.at(0));
  };
  hold_disk();
  begin();
  EXPECT_EQ(beat(), protocol::Busy::no);
  put_close(true);
  worker.turn();
  EXPECT_EQ(beat(), protocol::Busy::script);
  driver.is_over = true;
  EXPECT_EQ(beat(), protocol::Busy::disk);  // said before that turn looks at the host
  EXPECT_EQ(beat(), protocol::Busy::disk);
  let_disk_go();
  wait_for(Tag::closed);
  EXPECT_EQ(beat(), protocol::Busy::no);
}

}  // namespace
}  // namespace prs
