#include "output/share_writing.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <thread>

#include "support/errors.hpp"
#include "tests/unit/output/output_fixture.hpp"

namespace prs {
namespace {

using namespace std::chrono_literals;

/// One share of several blocks; the first look at a part waits until the test lets it go on, as on a disk that hangs.
class HungShare {
 public:
  HungShare() {
    std::mt19937_64 random(3);
    history_ = random_history(folder_, random, 20, 1, 3);
    const AssemblyLayout layout = layout_of(history_.stretches, "");
    share_ = layout.share({0, layout.total_bytes()}, history_.stretches.size(), those_of(history_.stretches));
    std::ofstream(folder_.file("out.txt")).close();
    std::filesystem::resize_file(folder_.file("out.txt"), layout.total_bytes());
  }
  ShareWriting begin(const std::string& file = "out.txt") {
    return ShareWriting(share_, folder_.file(file), [this](std::uint32_t part) {
      is_hung = true;
      while (!may_go_on) std::this_thread::yield();
      return folder_.part(part);
    });
  }
  bool is_written() const { return bytes_of(folder_.file("out.txt")) == concatenation(history_, ""); }

  std::atomic<bool> is_hung{false}, may_go_on{false};

 private:
  OutputFolder folder_;
  History history_;
  AssemblyShare share_;
};

void wait_for_end(const ShareWriting& writing) {
  pollfd wait{writing.wake_fd(), POLLIN, 0};
  ASSERT_EQ(::poll(&wait, 1, 60'000), 1) << "nobody was woken";
  ASSERT_TRUE(writing.is_over());
}

}  // namespace

TEST(ShareWriting, IsWrittenBesideTheMainThread) {
  HungShare share;
  const ShareWriting writing = share.begin();
  while (!share.is_hung) std::this_thread::yield();
  EXPECT_FALSE(writing.is_over());
  share.may_go_on = true;
  wait_for_end(writing);
  ASSERT_TRUE(writing.result());
  EXPECT_TRUE(writing.result()->empty());
  EXPECT_TRUE(share.is_written());
}

TEST(ShareWriting, ACancelledOneEndsWithTheNextBlockAndIsNotWhole) {
  HungShare share;
  ShareWriting writing = share.begin();
  while (!share.is_hung) std::this_thread::yield();
  writing.cancel();
  share.may_go_on = true;
  wait_for_end(writing);
  EXPECT_FALSE(writing.result());
  EXPECT_FALSE(share.is_written());
}

TEST(ShareWriting, HasStalledWhereNoBlockIsWrittenForLong) {
  HungShare share;
  const TimePoint before = Clock::now();
  const ShareWriting writing = share.begin();
  while (!share.is_hung) std::this_thread::yield();
  EXPECT_FALSE(writing.has_stalled(before));
  EXPECT_TRUE(writing.has_stalled(Clock::now() + 6s));
  share.may_go_on = true;
  wait_for_end(writing);
  EXPECT_FALSE(writing.has_stalled(Clock::now() + 6s)) << "it is over";
}

TEST(ShareWriting, AFileThatCannotBeWrittenIsToldToWhoeverAsks) {
  HungShare share;
  share.may_go_on = true;
  const ShareWriting writing = share.begin("no such folder/out.txt");
  wait_for_end(writing);
  EXPECT_THROW(writing.result(), InfrastructureError);
}

}  // namespace prs
