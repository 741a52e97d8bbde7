#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <cctype>
#include <cstdio>

#include "support/errors.hpp"
#include "tests/unit/ledger/ledger_fixture.hpp"

namespace prs {
namespace {

std::string hexadecimal(std::string_view bytes) {
  std::string text;
  char digits[3];
  for (const char byte : bytes) {
    std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned char>(byte));
    text += digits;
  }
  return text;
}

/// The bytes that the page's example shows: of each indented line "<offset>: <hex>" the hex digits.
std::string example_of_page() {
  std::ifstream page(PRS_LEDGER_PAGE);
  std::string digits;
  for (std::string line; std::getline(page, line);) {
    const std::size_t colon = line.find(": ");
    if (colon != 8 || line.rfind("    ", 0) != 0 || !std::isdigit(static_cast<unsigned char>(line[4]))) continue;
    for (const char digit : line.substr(colon + 2, line.find("  ", colon + 2) - colon - 2))
      if (digit != ' ') digits += digit;
  }
  return digits;
}

TEST(Ledger, BytesAreThoseOfThePagesExample) {
  const TemporaryFolder folder;
  write_example(folder.file("a"));
  EXPECT_EQ(hexadecimal(bytes_of(folder.file("a"))), example_of_page());
}

TEST(Ledger, ReadsBackEveryKindOfRecordInOrder) {
  const TemporaryFolder folder;
  const auto written = write_example(folder.file("a"));
  const ReadBack read = read_back(folder.file("a"));
  EXPECT_EQ(read.records, written);
  EXPECT_EQ(read.header, example_header);
  EXPECT_TRUE(read.end.has_header);
  EXPECT_EQ(read.end.problem, "");
  EXPECT_EQ(read.end.valid_bytes, bytes_of(folder.file("a")).size());
  EXPECT_EQ(read.end.file_bytes, read.end.valid_bytes);
}

TEST(Ledger, KeepsEveryFieldOfManyOutcomesAcrossBlocks) {
  const TemporaryFolder folder;
  const auto seed = std::random_device{}();
  std::printf("seed %u\n", seed);
  std::mt19937_64 random(seed);
  std::vector<std::string> written;
  {
    IoThread io;
    LedgerWriter writer(io, folder.file("a"), {1, 5, 6, 0, {}});
    for (int i = 0; i < 50000; ++i) {
      const Outcome outcome = random_outcome(random);
      const auto error = static_cast<ErrorId>(random());
      writer.outcome(outcome, error);
      written.push_back(text_of(outcome, error));
      if (i % 4000 == 0) {  // records of every size meet the ends of the reader's blocks
        const std::string line(random() % 100000, 'c');
        writer.columns(line);
        written.push_back("columns " + line);
      }
      if (random() % 100 == 0) writer.submit();
    }
    writer.submit();
  }
  const ReadBack read = read_back(folder.file("a"));
  EXPECT_EQ(read.end.problem, "");
  EXPECT_TRUE(read.records == written);
}

TEST(Ledger, AnOutcomeTakesAtMost64Bytes) {
  const TemporaryFolder folder;
  IoThread io;
  LedgerWriter writer(io, folder.file("a"), {1, 5, 6, 0, {}});
  EXPECT_EQ(writer.gathered_bytes(), 0u);
  writer.outcome({}, 0);
  EXPECT_LE(writer.gathered_bytes(), 64u);
}

TEST(Ledger, TicketTellsWhenARecordIsInTheFile) {
  const TemporaryFolder folder;
  IoThread io;
  LedgerWriter writer(io, folder.file("a"), {1, 5, 6, 0, {}});
  writer.outcome({}, 0);
  const std::uint64_t ticket = writer.submit();
  EXPECT_EQ(writer.submit(), ticket);
  io.finish();
  EXPECT_GE(io.written(), ticket);
  EXPECT_EQ(read_back(folder.file("a")).records.size(), 1u);
}

TEST(Ledger, ARowCountThatAScriptInventedDoesNotStopTheMaster) {
  const TemporaryFolder folder;
  {
    IoThread io;
    LedgerWriter writer(io, folder.file("a"), {1, 5, 6, 0, {}});
    Outcome outcome;
    outcome.rows = UINT64_MAX;
    writer.outcome(outcome, 0);
    writer.submit();
  }
  Outcome kept;
  kept.rows = (std::uint64_t{1} << 48) - 1;
  EXPECT_EQ(read_back(folder.file("a")).records, std::vector<std::string>{text_of(kept, 0)});
}

TEST(Ledger, LongErrorTextsKeepBeginningAndEndAndWholeCharacters) {
  const TemporaryFolder folder;
  std::string detail = "begin";
  for (int i = 0; i < 100000; ++i) detail += "ä";
  {
    IoThread io;
    LedgerWriter writer(io, folder.file("a"), {1, 5, 6, 0, {}});
    writer.error_text(9, {std::string(70000, 'C'), std::string(70000, 'm'), detail + "end"});
    writer.error_text(10, {});
    writer.submit();
  }
  Failure found;
  LedgerEvents events;
  events.error_text = [&](ErrorId error, const Failure& failure) {
    if (error == 9) found = failure;
  };
  EXPECT_EQ(read_segment(folder.file("a"), UINT64_MAX, events).problem, "");
  EXPECT_LE(found.category.size(), 256u);
  EXPECT_LE(found.message.size(), 4096u);
  EXPECT_LE(found.detail.size(), 16384u);
  EXPECT_GT(found.detail.size(), 16000u);
  EXPECT_TRUE(found.detail.starts_with("begin\xc3\xa4"));
  EXPECT_TRUE(
      found.detail.ends_with("\xc3\xa4"
                             "end"));
  const std::size_t gap = found.detail.find(" [...] ");
  ASSERT_NE(gap, std::string::npos);
  EXPECT_EQ((gap - 5) % 2, 0u);
}

TEST(Ledger, StopsAtTheEndThatALaterSegmentGaveIt) {
  const TemporaryFolder folder;
  const auto written = write_example(folder.file("a"));
  const std::uint64_t before_finished = bytes_of(folder.file("a")).size() - 8;
  const ReadBack read = read_back(folder.file("a"), before_finished);
  EXPECT_EQ(read.records, std::vector<std::string>(written.begin(), written.end() - 1));
  EXPECT_EQ(read.end.problem, "");
  EXPECT_EQ(read.end.valid_bytes, before_finished);
  EXPECT_EQ(read.end.file_bytes, before_finished);
}

TEST(Ledger, SaysThatASegmentIsShorterThanALaterOneSaw) {
  const TemporaryFolder folder;
  const auto written = write_example(folder.file("a"));
  const std::uint64_t size = bytes_of(folder.file("a")).size();
  const ReadBack read = read_back(folder.file("a"), size + 64);
  EXPECT_EQ(read.records, written);
  EXPECT_NE(read.end.problem.find(std::to_string(size + 64)), std::string::npos);
}

TEST(Ledger, NeverAppendsToAnOlderSegment) {
  const TemporaryFolder folder;
  write_example(folder.file("a"));
  IoThread io;
  EXPECT_THROW(LedgerWriter(io, folder.file("a"), example_header), InfrastructureError);
}

TEST(Ledger, AMissingFileIsAnErrorThatNamesIt) {
  try {
    read_back("/nowhere/5.ledger");
    FAIL();
  } catch (const InfrastructureError& error) {
    EXPECT_NE(std::string(error.what()).find("/nowhere/5.ledger"), std::string::npos);
  }
}

TEST(Ledger, AFullDiskIsToldAndLeavesAllThatWasWritten) {
  const TemporaryFolder folder;
  struct rlimit before = {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  const struct rlimit small = {1000, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  std::optional<std::string> failure;
  {
    IoThread io;
    LedgerWriter writer(io, folder.file("a"), {1, 5, 6, 0, {}});
    for (int i = 0; i < 100; ++i) {
      writer.outcome({}, 0);
      writer.submit();
    }
    io.finish();
    failure = io.failure();
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, handler);
  ASSERT_TRUE(failure);
  EXPECT_NE(failure->find(folder.file("a")), std::string::npos);
  const ReadBack read = read_back(folder.file("a"));
  EXPECT_EQ(read.records.size(), (1000 - 52) / 64u);
  EXPECT_EQ(read.end.file_bytes, 1000u);
}

}  // namespace
}  // namespace prs
