#include "mpi/mailbox.hpp"

#include <gtest/gtest.h>

#include <map>

#include "mpi/gather_world.hpp"
#include "support/waiting.hpp"

namespace prs {
namespace {
using protocol::Tag;

Letter wait_for_letter(Mailbox& mailbox) {
  Waiting waiting;
  std::vector<pollfd> none;
  for (;;) {
    if (auto letter = mailbox.receive()) return std::move(*letter);
    waiting.rest(none, {});
  }
}

/// Letters of all sizes from all ranks to rank 0, and one back.
void exchange_letters(std::size_t largest_piece, std::uint64_t least_pieces) {
  const boost::mpi::communicator world;
  const World places = gather_world(world, "1.0", nullptr, {}).world();
  RankWatch peers(world, places, world.rank());
  Mailbox mailbox(world, peers, largest_piece);
  constexpr int letters = 300;
  const auto text = [](int from, int i) {
    return std::string(static_cast<std::size_t>(i) * 997 % 200'000, static_cast<char>('a' + (from + i) % 26));
  };
  if (world.rank() != 0) {
    for (int i = 0; i < letters; ++i) mailbox.send(0, i % 2 == 0 ? Tag::report : Tag::beat, text(world.rank(), i));
    mailbox.flush(std::chrono::seconds(60));
    EXPECT_EQ(wait_for_letter(mailbox).tag, Tag::leave);
  } else {
    std::map<int, int> next;
    for (int i = 0; i < letters * (world.size() - 1); ++i) {
      const Letter letter = wait_for_letter(mailbox);
      const int number = next[letter.from]++;
      ASSERT_EQ(letter.tag, number % 2 == 0 ? Tag::report : Tag::beat);
      ASSERT_TRUE(letter.bytes == text(letter.from, number)) << number;
    }
    EXPECT_GE(mailbox.received(), least_pieces * letters * (static_cast<std::uint64_t>(world.size()) - 1));
    for (int rank = 1; rank < world.size(); ++rank) mailbox.send(rank, Tag::leave);
    mailbox.flush(std::chrono::seconds(60));
  }
  world.barrier();  // the next test's letters must not come into this one
}

}  // namespace

TEST(Mailbox, LettersOfEverySizeComeWholeAndInOrder) {
  exchange_letters(std::size_t{1} << 30, 1);
}

/// As one of more than 2 GiB, which MPI cannot count.
TEST(Mailbox, ALetterThatIsTooLongForMPIComesInPieces) {
  exchange_letters(9'970, 8);
}

TEST(Mailbox, SendingToAPeerThatDoesNotReceiveYetNeverBlocks) {
  const boost::mpi::communicator world;
  const World places = gather_world(world, "1.0", nullptr, {}).world();
  RankWatch peers(world, places, world.rank());
  Mailbox mailbox(world, peers);
  const std::string big(1 << 20, 'x');
  const int next = (world.rank() + 1) % world.size();
  for (int i = 0; i < 20; ++i) mailbox.send(next, Tag::report, big);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(wait_for_letter(mailbox).bytes.size(), big.size());
  mailbox.flush(std::chrono::seconds(60));
}

TEST(Protocol, MessagesComeBackAsTheyWere) {
  protocol::Work work;
  work.acknowledged = 17;
  work.dropped = {3};
  work.overruled = {5, 6};
  work.tasks.push_back({MiniBatchIndex{9}, 2, FileItems(std::string("/a\0/b\0", 6), 2)});
  const protocol::Work back = protocol::work_of(protocol::to_bytes(work));
  EXPECT_EQ(back.acknowledged, 17U);
  EXPECT_EQ(back.dropped, work.dropped);
  EXPECT_EQ(back.overruled, work.overruled);
  ASSERT_EQ(back.tasks.size(), 1U);
  EXPECT_EQ(back.tasks[0].items, work.tasks[0].items);

  protocol::Report report;
  report.credit = 5;
  report.outcomes.push_back({{MiniBatchIndex{1}, 1, TryStatus::run_done, 2, 2, 2, {1, 2, 3, 4}}, "a,b\n", {}});
  report.outcomes.push_back(
      {{MiniBatchIndex{2}, 1, TryStatus::bad_return, 2, 0, 0, {}}, "", {"BadReturn", "None", "…"}});
  const protocol::Report told = protocol::report_of(protocol::to_bytes(report));
  ASSERT_EQ(told.outcomes.size(), 2U);
  EXPECT_EQ(told.outcomes[0].outcome, report.outcomes[0].outcome);
  EXPECT_EQ(told.outcomes[0].columns, "a,b\n");
  EXPECT_EQ(told.outcomes[1].failure, report.outcomes[1].failure);
}

TEST(Protocol, AMessageCutShortIsNoticedAtEveryByte) {
  protocol::Work work;
  work.tasks.push_back({MiniBatchIndex{9}, 2, FileItems(std::string("/a\0/b\0", 6), 2)});
  const std::string bytes = protocol::to_bytes(work);
  for (std::size_t cut = 0; cut < bytes.size(); ++cut)
    EXPECT_THROW(protocol::work_of(std::string_view(bytes).substr(0, cut)), std::out_of_range) << cut;
}

}  // namespace prs
