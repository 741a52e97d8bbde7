#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "farm/disk_work.hpp"
#include "farm/output_building.hpp"
#include "master_harness.hpp"
#include "output/assembly.hpp"
#include "output/part_writer.hpp"
#include "support/posix_io.hpp"

namespace prs {

/// One start of a run whose two played workers write real rows into real parts, and real shares of the output.
class BuiltStart {
 public:
  using Change = MasterHarness::Change;
  static constexpr int worker_count = 2;

  BuiltStart(std::uint64_t mini_batches, std::size_t row_bytes, const Change& change = {})
      : harness(worker_count, mini_batches, change), mini_batches_(mini_batches), row_bytes_(row_bytes) {
    play();
  }
  /// The next start of the same run, which ends the earlier one.
  explicit BuiltStart(BuiltStart& earlier, const Change& change = {})
      : harness(earlier.harness, worker_count, change),
        mini_batches_(earlier.mini_batches_),
        row_bytes_(earlier.row_bytes_) {
    play();
  }

  void farm() {
    harness.farm();
    for (auto& [rank, part] : parts_) part.submit();
    io_.finish();
  }
  /// Puts together what the ledger says; the mini-batches whose rows are damaged.
  std::vector<MiniBatchIndex> assemble() {
    const History history = harness.ledger();
    return OutputBuilding(parts()).assemble(history, layout_of(history));
  }
  AssemblyLayout layout_of(const History& history) {
    AssemblyLayout layout(mini_batches_, OutputBuilding(parts()).header_line(history));
    history.last.for_each([&](const LastOutcome& last) { layout.add(last.outcome.mini_batch, last.outcome.stretch); });
    return layout;
  }
  OutputBuilding::Parts parts() {
    return {harness.config(),      harness.run_folder(), harness.lease(), harness.master(), disk_,
            harness.interpreter(), earlier_output};
  }
  /// Its rows were found damaged, or are wanted anew: another farm will run it again.
  void run_again(std::uint64_t mini_batch) {
    for (const LastOutcome& last : harness.ledger().last.of_range(mini_batch, mini_batch + 1))
      harness.master().run_again(last.outcome);
  }
  /// A byte of these rows turns on the disk.
  void damage(std::uint64_t mini_batch) {
    const Stretch rows = harness.ledger().last.rows_of_range(mini_batch, mini_batch + 1).at(0);
    std::fstream part(harness.run_folder().part(rows.part), std::ios::in | std::ios::out | std::ios::binary);
    part.seekp(static_cast<std::streamoff>(rows.offset_bytes + rows.length_bytes / 2));
    part.put('#');
    ASSERT_TRUE(part.good());
  }

  std::string rows_of(std::uint64_t mini_batch) const {
    return std::string(row_bytes_, static_cast<char>(letter + mini_batch)) + "\n";
  }
  std::string all_rows() const {
    std::string rows;
    for (std::uint64_t i = 0; i < mini_batches_; ++i) rows += rows_of(i);
    return rows;
  }
  std::string output() const { return harness.run_folder().output("rows.txt"); }
  std::string building_file() { return building_path(output(), harness.lease().name()); }

  MasterHarness harness;
  std::optional<FileStamp> earlier_output;
  std::string columns;  ///< that a DataFrame's rows come with
  char letter = 'a';    ///< of the first mini-batch's rows
  /// Called with each share before it is written; false: the worker holds it, until it is stopped.
  std::function<bool(int rank, const AssemblyShare& share)> writes = [](int, const AssemblyShare&) { return true; };
  std::uint64_t written_bytes = 0;
  std::map<int, int> shares_by_rank;  ///< written ones

 private:
  void play() {
    harness.workers.run = [this](int rank, const Task& task) {
      protocol::ReportedOutcome reported = PlayedWorkers::done(task);
      reported.columns = columns;
      PartWriter& part = part_of(rank);
      part.add(rows_of(task.mini_batch.value));
      reported.outcome.stretch = part.end_try();
      return reported;
    };
    harness.workers.left_alone = {protocol::Tag::assemble};
    harness.on_rest = [this] {
      for (int rank = 1; rank <= worker_count; ++rank)
        if (const auto bytes = harness.workers.try_take(rank, protocol::Tag::assemble)) write(rank, *bytes);
      if (harness.workers.stops > 0)
        for (const int rank : std::exchange(holding_, {})) answer(rank, {false, {}});
    };
  }
  PartWriter& part_of(int rank) {
    const auto found = parts_.find(rank);
    if (found != parts_.end()) return found->second;
    const std::uint32_t number = harness.first_part() + static_cast<std::uint32_t>(rank) - 1;
    return parts_.try_emplace(rank, io_, harness.run_folder().part(number), number).first->second;
  }
  void write(int rank, const std::string& bytes) {
    const AssemblyShare share = assembly_share_of(bytes);
    if (!writes(rank, share)) return holding_.push_back(rank);
    const auto part_path = [this](std::uint32_t part) { return harness.run_folder().part(part); };
    answer(rank, {true, write_share(share, building_file(), part_path, {})});
    written_bytes += share.end_bytes - share.begin_bytes;
    ++shares_by_rank[rank];
  }
  void answer(int rank, const protocol::Assembled& assembled) {
    harness.transport.put(rank, protocol::Tag::assembled, protocol::to_bytes(assembled));
  }

  std::uint64_t mini_batches_;
  std::size_t row_bytes_;
  IoThread io_;
  std::map<int, PartWriter> parts_;
  std::vector<int> holding_;
  DiskWork disk_{harness.master(), harness.run_folder(),
                 [](ExitStatus) { throw std::runtime_error("the disk was not waited for"); }};
};

}  // namespace prs
