#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cluster/world.hpp"
#include "farm/protocol.hpp"
#include "model/run_folder.hpp"
#include "support/clock.hpp"

namespace prs {

/// The workers, as rank 0 knows them: who is ready, closed, lost, or hung. Decides nothing.
class Crew {
 public:
  struct Member {
    bool is_host_ready = false;
    bool is_closed = false;
    bool is_lost = false;
    protocol::Busy busy = protocol::Busy::no;  ///< by set_busy()
    Duration longest_run{};                    ///< of its last ones; zero: none has ended yet
    Duration disk_wait{};                      ///< so far: its rows waited for the run folder's disk
    std::uint32_t failed_shutdowns = 0;        ///< of all farms that it has closed
  };

  explicit Crew(const World& world) : world_(world), members_(static_cast<std::size_t>(world.size())) {}

  Member& member(int rank) { return members_[static_cast<std::size_t>(rank)]; }
  const Member& member(int rank) const { return members_[static_cast<std::size_t>(rank)]; }
  int ranks() const { return world_.size(); }  ///< the workers are 1 … ranks() − 1
  std::uint32_t living() const;
  std::uint32_t ready() const;
  Duration longest_run() const;
  Duration disk_wait() const;  ///< of all together

  /// Another farm begins: whoever is not lost is no more closed, and not ready.
  void reopen();
  void close(int rank, const protocol::Closed& closed = {});
  bool is_all_closed() const { return first_open() == ranks(); }
  /// The lowest worker that is not closed; ranks(): there is none.
  int first_open() const;
  /// What a worker waits for, as it says.
  void set_busy(int rank, protocol::Busy busy);
  /// Some worker waits for a disk.
  bool is_any_at_disk() const { return at_disk_ > 0; }

  /// `how`: "its process ended".
  void lose(int rank, const std::string& how);
  void lose_unnamed(int rank);
  /// "rank 2 (process001 on node1): its process ended", for each that was lost before the end.
  const std::vector<std::string>& lost() const { return lost_; }
  /// In how many script processes shutdown() failed, with the first one's log; empty: in none.
  std::string failed_shutdowns_text(const RunFolder& folder) const;
  /// It may be alive and does not answer any more: no end can be agreed on with it.
  void note_hung(int rank);
  const std::vector<std::uint64_t>& hung() const { return hung_; }

  /// "rank 2 (process001 on node1)".
  std::string name_of(int rank) const;
  /// "process001 on node1".
  std::string place_of(int rank) const;

 private:
  const World& world_;
  std::vector<Member> members_;  ///< by rank; [0] unused
  mutable int first_open_ = 1;   ///< all workers below it are closed: each is looked at once
  std::uint32_t at_disk_ = 0;
  std::vector<std::string> lost_;
  std::vector<std::uint64_t> hung_;
};

}  // namespace prs
