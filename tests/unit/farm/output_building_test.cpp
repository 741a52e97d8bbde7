#include "farm/output_building.hpp"

#include <csignal>
#include <filesystem>
#include <map>

#include "built_start.hpp"
#include "tests/file_size_limit.hpp"

namespace prs {
namespace {

namespace fs = std::filesystem;
using Indices = std::vector<MiniBatchIndex>;

/// Five mini-batches of these rows are two shares: 4 MiB and the rest.
constexpr std::size_t large_rows = 1 << 20;
constexpr std::uint64_t first_share = 4 << 20;
constexpr std::size_t small_rows = 100;

void write(const std::string& path, const std::string& bytes) {
  std::ofstream(path) << bytes;
}

/// A start of two shares that is interrupted when one of them is written.
void interrupt(BuiltStart& start) {
  bool is_signalled = false;
  start.writes = [&](int, const AssemblyShare& share) {
    if (share.begin_bytes == 0) return false;
    start.harness.transport.signal(SIGUSR1);
    return is_signalled = true;
  };
  start.farm();
  const auto own = start.harness.on_rest;
  start.harness.on_rest = [&] {
    if (is_signalled) start.harness.transport.advance(std::chrono::seconds(1));
    own();
  };
  EXPECT_TRUE(start.assemble().empty());
  start.harness.on_rest = own;
  ASSERT_TRUE(is_signalled);
  ASSERT_TRUE(start.harness.master().ending());
  ASSERT_EQ(start.harness.master().ending()->status, ExitStatus::interrupted);
  ASSERT_EQ(start.written_bytes, start.all_rows().size() - first_share);
  ASSERT_FALSE(fs::exists(start.output()));
  const Progress progress = start.harness.master().progress();
  EXPECT_EQ(progress.assembled.all, start.all_rows().size());
  EXPECT_EQ(progress.assembled.written, start.written_bytes);
  EXPECT_TRUE(progress.is_stopping);
  ASSERT_EQ(start.harness.ledger().building->written.bytes(), start.written_bytes);
}

TEST(OutputBuilding, PutsAllRowsInTheirPlacesAndTheLedgerSaysSo) {
  BuiltStart start(6, small_rows);
  start.farm();
  const History before = start.harness.ledger();
  OutputBuilding building(start.parts());
  EXPECT_TRUE(building.assemble(before, start.layout_of(before)).empty());
  EXPECT_EQ(building.output_file(), start.output());
  EXPECT_EQ(read_file(start.output()), start.all_rows());
  const History history = start.harness.ledger();
  ASSERT_TRUE(history.finishing && history.finishing->named);
  EXPECT_EQ(history.finishing->length_bytes, start.all_rows().size());
  EXPECT_EQ(history.finishing->layout, start.layout_of(before).identity());
  EXPECT_FALSE(fs::exists(start.building_file()));
  EXPECT_FALSE(history.is_finished) << "the reports are not written yet";
}

TEST(OutputBuilding, TheHeaderStandsFirstWhereItIsAskedFor) {
  for (const bool is_wanted : {true, false}) {
    BuiltStart start(3, small_rows,
                     [&](RunConfig& config) { config.parallel.append_row_dataframe_header = is_wanted; });
    start.columns = "a,b\n";
    start.farm();
    EXPECT_TRUE(start.assemble().empty());
    EXPECT_EQ(read_file(start.output()), (is_wanted ? "a,b\n" : "") + start.all_rows());
  }
}

TEST(OutputBuilding, DamagedRowsAreNamedAndOnlyTheirShareIsWrittenAnew) {
  BuiltStart start(5, large_rows);
  start.farm();
  start.damage(4);
  EXPECT_EQ(start.assemble(), Indices({{4}}));
  EXPECT_FALSE(fs::exists(start.output()));
  EXPECT_FALSE(start.harness.master().ending());
  const std::uint64_t before = start.written_bytes;
  start.run_again(4);
  start.harness.farm();
  EXPECT_EQ(start.harness.master().progress().assembled.all, 0U) << "mini-batches run again";
  EXPECT_TRUE(start.assemble().empty());
  EXPECT_EQ(start.harness.master().progress().assembled.written, start.all_rows().size());
  EXPECT_EQ(start.written_bytes - before, start.all_rows().size() - first_share);
  EXPECT_EQ(read_file(start.output()), start.all_rows());
}

TEST(OutputBuilding, APartThatIsGoneCostsItsMiniBatches) {
  BuiltStart start(4, small_rows);
  start.farm();
  Indices lost;
  const std::uint32_t first = start.harness.first_part();
  start.harness.ledger().last.for_each([&](const LastOutcome& last) {
    if (last.outcome.stretch.part == first) lost.push_back(last.outcome.mini_batch);
  });
  ASSERT_FALSE(lost.empty());
  fs::remove(start.harness.run_folder().part(first));
  EXPECT_EQ(start.assemble(), lost);
  EXPECT_FALSE(fs::exists(start.output()));
}

TEST(OutputBuilding, WhatASignalInterruptsTheNextStartGoesOnWith) {
  BuiltStart first(5, large_rows);
  interrupt(first);
  const std::string begun = first.building_file();
  BuiltStart second(first);
  second.farm();
  EXPECT_TRUE(second.assemble().empty());
  EXPECT_EQ(second.written_bytes, first_share) << "and not what was written already";
  EXPECT_EQ(read_file(second.output()), second.all_rows());
  EXPECT_FALSE(fs::exists(begun));
}

TEST(OutputBuilding, ASecondSignalInterruptsItNow) {
  BuiltStart start(2, small_rows);
  bool is_held = false;
  start.writes = [&](int, const AssemblyShare&) {
    for (int i = 0; i < 2; ++i) start.harness.transport.signal(SIGUSR1);
    is_held = true;
    return false;
  };
  start.farm();
  const TimePoint before = start.harness.transport.now();
  EXPECT_TRUE(start.assemble().empty());
  EXPECT_TRUE(is_held);
  ASSERT_TRUE(start.harness.master().ending());
  EXPECT_EQ(start.harness.master().ending()->status, ExitStatus::interrupted);
  EXPECT_EQ(start.harness.workers.stops, 1);
  EXPECT_LT(start.harness.transport.now() - before, std::chrono::seconds(6)) << "no grace period";
  EXPECT_FALSE(start.harness.master().is_forced());
  EXPECT_FALSE(fs::exists(start.output()));
}

TEST(OutputBuilding, AFileThatIsGoneOrCutIsBegunAnew) {
  for (const bool is_cut : {false, true}) {
    BuiltStart first(5, large_rows);
    interrupt(first);
    if (is_cut)
      fs::resize_file(first.building_file(), first_share);
    else
      fs::remove(first.building_file());
    BuiltStart second(first);
    second.farm();
    EXPECT_TRUE(second.assemble().empty());
    EXPECT_EQ(second.written_bytes, second.all_rows().size());
    EXPECT_EQ(read_file(second.output()), second.all_rows());
  }
}

TEST(OutputBuilding, OfAnEarlierStartsFileNothingIsTrustedOnceAMiniBatchRanSince) {
  BuiltStart first(5, large_rows);
  interrupt(first);
  BuiltStart second(first);
  second.harness.farm();
  second.run_again(0);
  second.farm();
  EXPECT_TRUE(second.assemble().empty());
  EXPECT_EQ(second.written_bytes, second.all_rows().size());
  EXPECT_EQ(read_file(second.output()), second.all_rows());
}

TEST(OutputBuilding, AnOutputThatIsThereAlreadyIsNotWrittenAgain) {
  BuiltStart first(3, small_rows);
  first.farm();
  first.assemble();
  const auto stamp = stamp_of(first.output());
  BuiltStart second(first);
  write(building_path(second.output(), lease_name(1, "left")), "of a start that was killed");
  second.farm();
  second.earlier_output = stamp;
  EXPECT_TRUE(second.assemble().empty());
  EXPECT_EQ(second.written_bytes, 0U);
  EXPECT_EQ(stamp_of(second.output()), stamp);
  EXPECT_FALSE(fs::exists(building_path(second.output(), lease_name(1, "left"))));
}

TEST(OutputBuilding, TheRunsOwnOlderOutputIsReplaced) {
  BuiltStart first(3, small_rows);
  first.farm();
  first.assemble();
  BuiltStart second(first);
  second.earlier_output = stamp_of(first.output());
  second.harness.farm();
  second.letter = 'A';
  for (std::uint64_t i = 0; i < 3; ++i) second.run_again(i);
  second.farm();
  EXPECT_TRUE(second.assemble().empty());
  EXPECT_EQ(read_file(second.output()), second.all_rows());
  EXPECT_NE(second.all_rows(), first.all_rows());
}

TEST(OutputBuilding, AFileThatCameThereMeanwhileIsNotReplaced) {
  BuiltStart start(3, small_rows);
  start.writes = [&](int, const AssemblyShare&) {
    write(start.output(), "somebody else's");
    return true;
  };
  start.farm();
  EXPECT_THROW(start.assemble(), InfrastructureError);
  EXPECT_GT(start.written_bytes, 0U);
  EXPECT_EQ(read_file(start.output()), "somebody else's");
}

TEST(OutputBuilding, WhatALostWorkerHadOfItAnotherOneWrites) {
  BuiltStart start(5, large_rows);
  start.harness.transport.peers().survive_losses();
  start.writes = [&](int rank, const AssemblyShare&) {
    if (rank == 2) start.harness.transport.peers().lose(2);
    return rank != 2;
  };
  start.farm();
  EXPECT_TRUE(start.assemble().empty());
  EXPECT_EQ(start.harness.master().lost_workers().size(), 1U);
  EXPECT_EQ(start.shares_by_rank, (std::map<int, int>{{1, 2}}));
  EXPECT_EQ(read_file(start.output()), start.all_rows());
  EXPECT_FALSE(start.harness.master().ending());
}

TEST(OutputBuilding, WhereALossEndsTheStartTheOutputGetsNoNameAndTheNextOneGoesOn) {
  BuiltStart first(5, large_rows);
  bool is_other_written = false;
  first.writes = [&](int, const AssemblyShare& share) {
    if (share.begin_bytes == 0) return false;
    return is_other_written = true;
  };
  first.farm();
  const auto own = first.harness.on_rest;
  first.harness.on_rest = [&] {
    if (is_other_written) first.harness.transport.peers().lose(1);
    own();
  };
  EXPECT_TRUE(first.assemble().empty());
  ASSERT_TRUE(first.harness.master().ending());
  EXPECT_TRUE(first.harness.master().is_ended_by_loss());
  EXPECT_FALSE(fs::exists(first.output()));
  BuiltStart second(first);
  second.farm();
  EXPECT_TRUE(second.assemble().empty());
  EXPECT_EQ(second.written_bytes, first_share);
  EXPECT_EQ(read_file(second.output()), second.all_rows());
}

TEST(OutputBuilding, AFullDiskIsMetBeforeAnythingIsWritten) {
  BuiltStart start(5, large_rows);
  start.farm();
  try {
    const FileSizeLimit full(first_share);
    start.assemble();
    ADD_FAILURE() << "the disk was full";
  } catch (const InfrastructureError& error) {
    EXPECT_NE(std::string(error.what()).find("no room for the"), std::string::npos) << error.what();
  }
  EXPECT_EQ(start.written_bytes, 0U);
  EXPECT_FALSE(fs::exists(start.building_file()));
  EXPECT_FALSE(fs::exists(start.output()));
}

TEST(OutputBuilding, WithoutTheLeaseItGetsNoName) {
  BuiltStart start(3, small_rows);
  start.writes = [&](int, const AssemblyShare&) {
    fs::remove_all(start.harness.run_folder().lease());
    return true;
  };
  start.farm();
  EXPECT_THROW(start.assemble(), LeaseLost);
  EXPECT_GT(start.written_bytes, 0U);
  EXPECT_FALSE(fs::exists(start.output()));
  EXPECT_FALSE(start.harness.ledger().finishing) << "it says so of no file that gets none";
}

TEST(OutputBuilding, ASummaryHasARecordAndNoFile) {
  BuiltStart start(3, small_rows,
                   [](RunConfig& config) { config.parallel.output_action = OutputAction::summary_only; });
  start.farm();
  OutputBuilding building(start.parts());
  building.finish(0, 0);
  EXPECT_EQ(building.output_file(), "");
  EXPECT_FALSE(fs::exists(start.output()));
  EXPECT_TRUE(start.harness.ledger().finishing);
}

}  // namespace
}  // namespace prs
