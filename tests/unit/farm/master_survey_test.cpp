// Quotes are counted before the first hand-out (rule 3.3): each share once, whoever is lost; what ends it ends the
// start.
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "dataset/quote_scan.hpp"
#include "farm/quote_states_file.hpp"
#include "tests/unit/farm/master_harness.hpp"

namespace prs {
namespace {

using protocol::Tag;

/// Tables of so many inputs: each is a share.
class MasterSurvey : public testing::Test {
 protected:
  MasterHarness::Change inputs(int count) {
    std::ofstream(table()) << "a,\"\n\n\n\n\n\n\"\nb,c\n";
    return [this, count](RunConfig& config) {
      for (int i = 0; i < count; ++i) {
        config.inputs.push_back({std::to_string(i), {table()}});
        config.inputs.back().table.emplace().support_multi_line = true;
      }
    };
  }
  std::string table() const { return folder.file("table.csv"); }
  static void expect_states(const TablePlan& tables) {
    const std::vector<std::uint8_t> of_one_file{0, static_cast<std::uint8_t>(RecordState::quoted),
                                                static_cast<std::uint8_t>(RecordState::quoted),
                                                static_cast<std::uint8_t>(RecordState::in_field)};
    ASSERT_EQ(tables.quote_states().size() % of_one_file.size(), 0u);
    for (std::size_t i = 0; i < tables.quote_states().size(); ++i)
      EXPECT_EQ(tables.quote_states()[i], of_one_file[i % of_one_file.size()]) << i;
  }

  TemporaryFolder folder;
};

TEST_F(MasterSurvey, EachShareIsCountedBeforeTheFirstHandOut) {
  MasterHarness h(3, 10, inputs(7));
  std::set<std::uint32_t> counted;
  bool is_told = false;
  h.workers.scan = [&](int, const QuoteScanOrder& order) {
    EXPECT_TRUE(h.workers.farms.empty()) << "the farm is open already";
    EXPECT_TRUE(counted.insert(order.items.input).second);
    const Progress progress = h.master().progress();
    is_told = is_told || (progress.surveyed_bytes > 0 && progress.surveyed_bytes < progress.bytes_to_survey);
    return PlayedWorkers::scanned(order);
  };
  h.farm();
  EXPECT_EQ(counted.size(), 7U);
  EXPECT_TRUE(is_told);
  EXPECT_FALSE(h.master().ending());
  EXPECT_EQ(h.master().dispatcher().tally().done, 10);
  expect_states(h.tables());
}

TEST_F(MasterSurvey, WhatWasFoundIsKeptForTheNextStart) {
  MasterHarness h(2, 3, inputs(2));
  h.farm();
  TablePlan same = TablePlan::make(
      {{{"0", {table()}}, *h.config().inputs[0].table}, {{"1", {table()}}, *h.config().inputs[1].table}},
      {.mini_batch_bytes = 4});
  const std::string path = h.run_folder().quote_states();
  ASSERT_TRUE(load_quote_states(path, same));
  expect_states(same);
  TablePlan other = TablePlan::make({{{"0", {table()}}, *h.config().inputs[0].table}}, {.mini_batch_bytes = 4});
  EXPECT_FALSE(load_quote_states(path, other));
  EXPECT_TRUE(other.quote_states().empty());
  const auto size = std::filesystem::file_size(path);
  for (std::uintmax_t left = 0; left < size; ++left) {
    std::filesystem::resize_file(path, left);
    EXPECT_FALSE(load_quote_states(path, same)) << left;
  }
  std::filesystem::remove(path);
  EXPECT_FALSE(load_quote_states(path, same));
}

TEST_F(MasterSurvey, TheSharesOfALostWorkerGoToOthersWhereMpiCan) {
  MasterHarness h(3, 5, inputs(6));
  h.transport.peers().survive_losses();
  h.workers.left_alone = {Tag::survey};
  int lost = 0;
  h.on_rest = [&] {
    for (int rank = 1; rank <= 3; ++rank) {
      if (rank == 2 && lost > 0) continue;
      const auto share = h.workers.try_take(rank, Tag::survey);
      if (!share) continue;
      if (rank == 2)
        h.transport.peers().lose(++lost + 1);
      else
        h.transport.put(rank, Tag::surveyed, PlayedWorkers::scanned(order_of_scan(*share)));
    }
  };
  h.farm();
  EXPECT_EQ(lost, 1);
  EXPECT_FALSE(h.master().ending());
  EXPECT_EQ(h.master().lost_workers().size(), 1U);
  EXPECT_EQ(h.master().dispatcher().tally().done, 5);
  expect_states(h.tables());
}

TEST_F(MasterSurvey, ElsewhereALossEndsTheStartAndNothingWasHandedOut) {
  MasterHarness h(2, 5, inputs(3));
  h.workers.left_alone = {Tag::survey};
  bool is_lost = false;
  h.on_rest = [&] {
    if (!is_lost && h.workers.try_take(2, Tag::survey)) {
      h.transport.peers().lose(2);
      is_lost = true;
    }
  };
  h.farm();
  ASSERT_TRUE(h.master().ending());
  EXPECT_EQ(h.master().ending()->status, ExitStatus::infrastructure);
  EXPECT_TRUE(h.master().is_ended_by_loss());
  EXPECT_TRUE(h.workers.farms.empty());
  EXPECT_FALSE(std::filesystem::exists(h.run_folder().quote_states()));
}

TEST_F(MasterSurvey, ASignalEndsItAndTheWorkersAreClosed) {
  MasterHarness h(2, 5, inputs(3));
  h.workers.left_alone = {Tag::survey};
  bool is_signalled = false;
  h.on_rest = [&] {
    if (!is_signalled && h.workers.try_take(1, Tag::survey)) {
      h.transport.signal(SIGUSR1);
      is_signalled = true;
    }
  };
  h.farm();
  ASSERT_TRUE(h.master().ending());
  EXPECT_EQ(h.master().ending()->status, ExitStatus::interrupted);
  EXPECT_EQ(h.workers.stops, 1);
  EXPECT_EQ(h.workers.closes.size(), 1U);
  EXPECT_TRUE(h.workers.farms.empty());
  EXPECT_TRUE(h.master().rounds().is_final());
}

TEST_F(MasterSurvey, AFileThatCannotBeReadCostsItsOwnMiniBatchesOnlyAndIsLookedAtAgain) {
  MasterHarness h(1, 5, inputs(2));
  h.workers.scan = [](int, const QuoteScanOrder& order) {
    return order.items.input == 0
               ? to_bytes(ScannedPieces{"no such file", std::vector<std::vector<RecordTransition>>(1)})
               : PlayedWorkers::scanned(order);
  };
  h.farm();
  EXPECT_FALSE(h.master().ending());
  EXPECT_EQ(h.tables().quote_states(),
            (std::vector<std::uint8_t>{0, unknown_quote_state, unknown_quote_state, unknown_quote_state, 0,
                                       static_cast<std::uint8_t>(RecordState::quoted),
                                       static_cast<std::uint8_t>(RecordState::quoted),
                                       static_cast<std::uint8_t>(RecordState::in_field)}));
  EXPECT_FALSE(std::filesystem::exists(h.run_folder().quote_states()));
}

}  // namespace
}  // namespace prs
