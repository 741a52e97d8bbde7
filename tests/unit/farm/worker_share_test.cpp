#include <fcntl.h>
#include <sys/stat.h>

#include "output/assembly.hpp"
#include "support/unique_fd.hpp"
#include "worker_fixture.hpp"

namespace prs {
namespace {

class WorkerShareTest : public WorkerTest {
 protected:
  /// Rows in the part, and a file that waits for them.
  Stretch write_rows() {
    begin();
    give({3});
    driver.end("one\ntwo\n", std::chrono::seconds(1));
    const Stretch stretch = take_report().outcomes.at(0).outcome.stretch;
    std::ofstream(output()) << std::string(stretch.length_bytes, '-');
    return stretch;
  }
  std::string output() const { return building_path(folder.output("rows.txt"), "1-test"); }
  void put_share(const Stretch& stretch) {
    AssemblyShare share;
    share.end_bytes = stretch.length_bytes;
    share.pieces = {{{3}, 0, stretch}};
    transport.put(0, Tag::assemble, to_bytes(share));
  }
  /// To read its part is to wait for that part's writer.
  void put_stuck_share() {
    Stretch stretch = write_rows();
    stretch.part = 99;
    ASSERT_EQ(::mkfifo(folder.part(99).c_str(), 0600), 0);
    put_share(stretch);
  }
  void let_share_go() const { UniqueFd(::open(folder.part(99).c_str(), O_WRONLY | O_CLOEXEC)); }
  protocol::Assembled take_assembled() { return protocol::assembled_of(wait_for(Tag::assembled)); }
};

TEST_F(WorkerShareTest, IsWrittenBesideTheLoopAndAnswered) {
  const Stretch stretch = write_rows();
  for (int i = 0; i < 2; ++i) {  // one after the other
    put_share(stretch);
    const protocol::Assembled assembled = take_assembled();
    EXPECT_TRUE(assembled.is_whole);
    EXPECT_TRUE(assembled.damaged.empty());
    EXPECT_EQ(text_of(output()), "one\ntwo\n");
  }
}

TEST_F(WorkerShareTest, DamagedRowsAreNamed) {
  Stretch stretch = write_rows();
  ++stretch.checksum;
  put_share(stretch);
  const protocol::Assembled assembled = take_assembled();
  EXPECT_TRUE(assembled.is_whole);
  EXPECT_EQ(assembled.damaged, (Indices{{3}}));
}

TEST_F(WorkerShareTest, StopEndsIt) {
  put_stuck_share();
  transport.put(0, Tag::stop);
  turns();
  transport.take(Tag::given_back);
  EXPECT_FALSE(transport.has_sent());
  let_share_go();
  EXPECT_FALSE(take_assembled().is_whole);
}

TEST_F(WorkerShareTest, OneThatADiskKeepsForLongIsSaidInEverySignOfLife) {
  put_stuck_share();
  turns(1);
  transport.take_beats();
  transport.advance(std::chrono::minutes(5));
  for (int i = 0; i < 3; ++i) {
    transport.advance(protocol::beat_interval);
    turns(1);
    const auto beats = transport.take_beats();
    ASSERT_EQ(beats.size(), 1U);
    EXPECT_EQ(protocol::plain_value<protocol::Busy>(beats[0]), protocol::Busy::disk);
  }
  let_share_go();
  EXPECT_EQ(take_assembled().damaged, (Indices{{3}})) << "there were no rows in that part";
}

TEST_F(WorkerShareTest, AnOutputThatIsGoneIsTrouble) {
  const Stretch stretch = write_rows();
  std::filesystem::remove(output());
  put_share(stretch);
  wait_for(Tag::trouble);
}

}  // namespace
}  // namespace prs
