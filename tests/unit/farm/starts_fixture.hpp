#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <functional>
#include <string>
#include <utility>

#include "cluster/launched.hpp"
#include "dataset/file_plan.hpp"
#include "farm/run_folder_opening.hpp"
#include "ledger/ledger.hpp"
#include "support/checksum.hpp"
#include "support/errors.hpp"
#include "support/posix_io.hpp"
#include "support/temporary_folder.hpp"
#include "tests/fastest_folder.hpp"

namespace prs {

/// A run of four mini-batches, whose starts a test plays one after the other in one real folder.
class StartsTest : public testing::Test {
 protected:
  static constexpr std::uint64_t mini_batches = 4;
  static constexpr std::uint32_t max_tries = 3;

  StartsTest() {
    make_folders(temporary.file("in"));
    for (std::uint64_t i = 0; i < mini_batches; ++i) write(temporary.file("in/" + std::to_string(i)), "");
    config.name = "opened";
    config.parallel.mini_batch_size = MiniBatchSize{1, false};
    config.output = folder.path;
    config.inputs = {{"files", {temporary.file("in")}}};
    config.allow_reuse = true;
    config.parallel.run_max_try = max_tries;
    config.parallel.append_row_file_name = "rows.txt";
  }
  ~StartsTest() override {
    for (const char* variable : {"PRS_LAUNCHER_ID", "SLURM_RESTART_COUNT"}) ::unsetenv(variable);
  }

  static void write(const std::string& path, const std::string& bytes) { std::ofstream(path) << bytes; }
  FilePlan plan() const {
    FilePlan::Options options;
    options.files_per_mini_batch = files_per_mini_batch;
    return FilePlan::make({{"files", {temporary.file("in")}}}, options);
  }
  OpenedFolder open(HowToOpen how = {}) const { return open_run_folder(config, plan(), how); }
  /// What the user is told when the folder is refused; empty: it is not.
  std::string refusal(HowToOpen how = {}) const {
    try {
      open(how);
    } catch (const UserError& error) {
      return error.what();
    }
    return {};
  }

  static testing::AssertionResult says(const std::string& text, const std::string& what) {
    if (text.find(what) != std::string::npos) return testing::AssertionSuccess();
    return testing::AssertionFailure() << "'" << what << "' is not in: " << text;
  }

  /// A start that writes these records, and then is gone.
  OpenedFolder start(const std::function<void(LedgerWriter&)>& records = {}, HowToOpen how = {}) const {
    OpenedFolder opened = open(how);
    IoThread io;
    SegmentHeader header;
    header.start = opened.start;
    header.plan_fingerprint = plan().fingerprint();
    header.mini_batches = mini_batches;
    header.first_part = opened.first_part;
    header.earlier_segment_bytes = opened.history.segment_bytes;
    LedgerWriter ledger(io, folder.ledger(opened.start), header);
    if (opened.is_retrying_failed) ledger.retry_failed(max_tries);
    if (records) records(ledger);
    ledger.submit();
    io.finish();
    opened.lease.reset();
    return opened;
  }
  static std::string row_of(std::uint64_t mini_batch) { return "row " + std::to_string(mini_batch) + "\n"; }
  static Outcome done(std::uint64_t mini_batch) {
    Outcome outcome;
    outcome.mini_batch = {mini_batch};
    outcome.dequeue_count = 1;
    outcome.items = outcome.succeeded = 1;
    outcome.rows = 1;
    outcome.stretch = {1, 0, row_of(mini_batch).size(), checksum_of(row_of(mini_batch))};
    return outcome;
  }
  static Outcome failed(std::uint64_t mini_batch, std::uint32_t dequeue_count = max_tries) {
    Outcome outcome;
    outcome.mini_batch = {mini_batch};
    outcome.dequeue_count = dequeue_count;
    outcome.status = TryStatus::run_exception;
    outcome.items = 1;
    return outcome;
  }
  /// All is done, and the rows have their name.
  void name_rows(LedgerWriter& ledger) const {
    std::string rows;
    for (std::uint64_t i = 0; i < mini_batches; ++i) {
      ledger.outcome(done(i), 0);
      rows += row_of(i);
    }
    write(output, rows);
    ledger.finishing(rows.size(), 1);
    ledger.named(*stamp_of(output));
  }
  void finish(LedgerWriter& ledger) const {
    name_rows(ledger);
    ledger.finished();
  }
  /// What the ledger has now.
  History ledger() const {
    return read_history([this](std::uint32_t number) { return folder.ledger(number); }, plan().fingerprint(),
                        mini_batches);
  }
  static std::uint64_t outcomes_in(const History& history) {
    std::uint64_t count = 0;
    history.last.for_each([&](const LastOutcome&) { ++count; });
    return count;
  }

  TemporaryFolder temporary{fastest_folder()};
  RunFolder folder{temporary.file("out")};
  std::string output = folder.output("rows.txt");
  RunConfig config;
  std::uint64_t files_per_mini_batch = 1;
};

}  // namespace prs
