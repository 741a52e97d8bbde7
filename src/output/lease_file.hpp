#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace prs {

/// A lease file: one line of JSON that says who holds the run folder (LeaseHolder, "version": 1), then a byte for each
/// sign of life: '.' the holder renewed it, 'r' the holder released it. So its size counts the signs, and its mtime is
/// the file server's own time of the last one. A first line that is not whole or not understood is an unknown job's.

/// Who holds a run folder. What two of them share tells whether one can know of the other more than its age.
struct LeaseHolder {
  std::string nonce;                ///< tells two leases apart whatever else is the same
  std::string host;                 ///< with `machine` (/etc/machine-id): which machine
  std::string machine;              ///< empty: unknown
  std::string boot;                 ///< /proc/sys/kernel/random/boot_id
  std::uint64_t pid_namespace = 0;  ///< process numbers mean the same only in the same one
  std::int64_t process = 0;
  std::uint64_t process_start = 0;  ///< of /proc/PID/stat: a number that was used again is another process
  std::string slurm_cluster;
  std::string slurm_job;  ///< empty: none
  std::uint32_t slurm_restarts = 0;
  std::string since;          ///< UTC
  double length_seconds = 0;  ///< without a sign for longer, it is stale

  /// This process, now, with a nonce of its own.
  static LeaseHolder self(std::chrono::duration<double> length);
  /// The first line, with its newline.
  std::string line() const;
  /// "process 12 on host n1, Slurm job 7, since 2026-…": for messages.
  std::string text() const;
  bool operator==(const LeaseHolder&) const = default;
};

/// A lease as a newcomer finds it.
struct Lease {
  std::uint64_t number = 0;           ///< in the chain: the highest one holds
  std::optional<LeaseHolder> holder;  ///< none: unknown
  bool is_released = false;
  std::uint64_t bytes = 0;
  double age_seconds = 0;  ///< since the last sign, by the file server's clock

  std::string holder_text() const { return holder ? holder->text() : "an unknown job"; }
};
/// `bytes`: the whole file.
Lease parse_lease(std::string_view bytes);

/// What the process table says of a holder.
enum class ProcessSign {
  gone,
  stopped,
  running,
  unknown,  ///< another machine, another process namespace, or not visible
};
ProcessSign sign_of(const LeaseHolder& holder, const LeaseHolder& us);

/// What a newcomer saw of a lease while it watched it.
struct LeaseWatch {
  bool has_grown = false;
  double unchanged_seconds = 0;  ///< by the newcomer's clock
};

//  unclear ──a sign──▶ live (refuse)
//     │
//     └──no sign for the lease's length, the process gone, released──▶ stale (take over)
enum class LeaseVerdict { stale, live, unclear };
/// Pure. A lease that does not tell its length is taken to have that of our own.
LeaseVerdict judge(const Lease& lease, const LeaseHolder& us, ProcessSign sign, const LeaseWatch& watch);

}  // namespace prs
