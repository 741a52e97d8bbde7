#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dataset/plan.hpp"
#include "farm/master.hpp"
#include "farm/page_refresh.hpp"
#include "support/temporary_folder.hpp"

namespace prs {

/// Mini-batches of one path each, made of their number: a plan of any size that takes no memory.
class NumberedPlan final : public Plan {
 public:
  explicit NumberedPlan(std::uint64_t mini_batches) : mini_batches_(mini_batches) {}
  std::uint64_t mini_batch_count() const override { return mini_batches_; }
  std::string content_text() const override { return std::to_string(mini_batches_) + " items"; }
  MiniBatchItems items_of(MiniBatchIndex index) const override;
  std::uint32_t item_count_of(MiniBatchIndex) const override { return 1; }
  const std::string& input_name_of(MiniBatchIndex) const override { return name_; }
  std::uint64_t fingerprint() const override { return mini_batches_; }
  const std::vector<std::string>& warnings() const override { return warnings_; }
  std::size_t memory_bytes() const override { return 0; }

 private:
  std::uint64_t mini_batches_;
  std::string name_ = "files";
  std::vector<std::string> warnings_;
};

/// So many ranks, 64 on each host.
World world_of_hosts(int ranks);

/// The real Master over a NumberedPlan, with a run folder of its own in memory. What carries its messages, and the
/// rounds, are the benchmark's.
class BenchMaster {
 public:
  BenchMaster(const World& world, Transport& transport, const MakeRounds& make_rounds, std::uint64_t mini_batches);
  /// Opens the workers, farms all out, closes them, ends with the last round.
  void farm() { master_->farm(); }
  const Master& master() const { return *master_; }
  /// What a run with this configuration tells each worker first.
  std::string start_bytes() const;
  /// What the ledger's thread has not written yet.
  std::uint64_t backlog_bytes() const { return io_.backlog_bytes(); }

 private:
  TemporaryFolder folder_;
  RunConfig config_;
  NumberedPlan plan_;
  RunFolder run_folder_;
  std::unique_ptr<RunLease> lease_;
  IoThread io_;
  History history_;
  ProgressReporter progress_;
  PageRefresh page_;
  TimeLeft time_left_;
  std::unique_ptr<Master> master_;
};

}  // namespace prs
