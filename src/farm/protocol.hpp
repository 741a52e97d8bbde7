#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/mini_batch.hpp"
#include "model/outcome.hpp"
#include "script/script_settings.hpp"
#include "support/errors.hpp"
#include "support/flat_bytes.hpp"

/// All messages between rank 0 (the master) and the workers. Point to point, flat bytes, every kind with a tag of its
/// own.
///
/// START-UP. The master sends Start to every worker: what to run, and how. (Or Leave, where the configuration is
/// wrong.)
///
/// SURVEY. Where line breaks may stand in quotes, Survey hands out a share of the tables whose quotes are to be
/// counted, and Surveyed answers. Stop, Open and Close end that, too. Nobody in between looks into the bytes, which a
/// loader gets and sends (script/loader_wire.hpp, dataset/quote_scan.hpp).
///
/// FARM. Open, with the number of the farm: the worker starts its script host. Once that is past init() the worker says
/// HostState and, with its Reports, up to how many mini-batches it will hold (credit). Work brings mini-batches, and
/// acknowledges outcomes: those are in the ledger, and count in the worker's tally from then on. Report brings
/// outcomes, after their rows are written. CallBack asks for what has not been started; GivenBack answers. GaveUp: no
/// host comes through init().
///
/// STOP. Stop ends the farm early: what has not started comes back as GivenBack, running tries go on until Close. A
/// worker that gets a signal says Signal, one that cannot write, or whose host fails by a bug of ours, says
/// Trouble; the master decides.
///
/// CLOSE. Close: no more work. The worker ends its host, writes and syncs all, and answers Closed, which says in how
/// many hosts shutdown() failed. The last tally rounds follow. Assemble hands out a share of the final file, Assembled
/// answers; damaged rows make the master Open anew. Stop ends the writing, too: the share is then answered as not
/// whole. Where the rows become a folder of part files, MakePartFile hands them out, one after the other, once all
/// shares are written. Assembled answers it, too.
///
/// LOSS. Who has nothing else to say sends a Beat now and then, the master too; a rank that gives no sign for long is
/// lost, and one that gives signs is waited for, whatever it waits for itself. A worker that sees the process of
/// another one end says PeerLost.
///
/// END. Leave, with the exit status; Left answers.
namespace prs::protocol {

enum class Tag : int {
  // to a worker
  start = 1,
  survey,
  open,
  work,
  call_back,
  stop,
  close,
  assemble,
  make_part_file,
  leave,
  // to the master
  surveyed,
  host_state,
  report,
  given_back,
  gave_up,
  closed,
  assembled,
  trouble,
  signal,
  peer_lost,
  left,
  // both ways
  beat,
};
constexpr std::chrono::seconds beat_interval{5};

struct Start {
  std::string config;  ///< to_bytes(RunConfig)
  Interpreter interpreter;
  std::uint32_t start = 1;       ///< number of this start of the run
  std::uint32_t first_part = 1;  ///< worker r writes part first_part + r − 1
  std::uint64_t mini_batches = 0;
  std::string run_id;
  std::string lease;         ///< its name: of no other start in this folder
  std::string table_schema;  ///< settle_table_schema(); empty: the run has no tables
};
std::string to_bytes(const Start& start);
Start start_of(std::string_view bytes);

/// Work: hand-outs and acknowledgements together.
struct Work {
  std::uint64_t acknowledged = 0;      ///< outcomes of this worker that are in the ledger or dropped, in all, in order
  std::vector<std::uint64_t> dropped;  ///< numbers (0 …) of newly acknowledged ones that were stale (rule 6.2)
  std::vector<std::uint64_t> overruled;  ///< … that count as BAD_RETURN: another set of columns (rule 5.2)
  std::vector<Task> tasks;
};
std::string to_bytes(const Work& work);
Work work_of(std::string_view bytes);

struct CallBack {
  std::uint32_t keep = 1;
};

/// A rank got a signal that asks for a stop. A launcher tells all ranks at once, so `count` is per rank.
struct Signal {
  int number = 0;
  int count = 0;
};

/// How a worker should end its host.
struct Close {
  bool is_healthy = true;      ///< shutdown() is called; else the host is killed
  bool is_in_trouble = false;  ///< nothing can be written any more: acknowledgements and syncs are not waited for
  double limit_seconds = 0;    ///< for shutdown()
  std::uint32_t farm = 1;      ///< that ends
};

/// The farm is over for this worker.
struct Closed {
  std::uint32_t failed_shutdowns = 0;  ///< script processes of this farm whose shutdown() failed
};

/// The end. After a loss nobody waits for the others in MPI_Finalize.
struct Leave {
  ExitStatus status = ExitStatus::completed;
  bool is_rank_lost = false;
  bool is_at_once = false;          ///< nor for a disk that hangs: the process ends where it stands
  std::vector<std::uint64_t> hung;  ///< ranks that do not answer any more: whoever can, ends them
};
std::string to_bytes(const Leave& leave);
Leave leave_of(std::string_view bytes);

/// What a worker waits for that may take long. Its Beats say so, for people.
enum class Busy : std::uint8_t { no, script, disk };

/// Of a folder of part files (output/part_files.hpp), one: to be made of these bytes of the rows that the workers have
/// put together.
struct PartFileToMake {
  std::uint64_t begin_bytes = 0, end_bytes = 0;
  std::uint64_t index = 0;   ///< of it, among all
  std::uint64_t count = 0;   ///< of all
  std::uint64_t layout = 0;  ///< AssemblyLayout::identity() of the rows
};

/// The share, or the part file, is written, or was stopped.
struct Assembled {
  bool is_whole = false;  ///< written to its end, and synced
  std::vector<MiniBatchIndex> damaged;
};
std::string to_bytes(const Assembled& assembled);
Assembled assembled_of(std::string_view bytes);

/// One outcome in a report.
struct ReportedOutcome {
  Outcome outcome;
  std::string columns;  ///< header line of a DataFrame's rows
  Failure failure;
};
struct Report {
  std::uint32_t credit = 0;
  std::int64_t mean_run_nanoseconds = 0;
  std::int64_t longest_run_nanoseconds = 0;  ///< of the last ones; 0: none has ended yet
  std::int64_t disk_wait_nanoseconds = 0;    ///< so far: its rows waited for the run folder's disk
  std::vector<ReportedOutcome> outcomes;
};
std::string to_bytes(const Report& report);
Report report_of(std::string_view bytes);

std::string to_bytes(const std::vector<MiniBatchIndex>& mini_batches);
std::vector<MiniBatchIndex> mini_batches_of(std::string_view bytes);

std::string to_bytes(const Failure& failure);
Failure failure_of(std::string_view bytes);

/// A message that is one plain value.
template <typename Value>
std::string plain_bytes(const Value& value) {
  return FlatWriter().put(value).bytes();
}
template <typename Value>
Value plain_value(std::string_view bytes) {
  return FlatReader(bytes).get<Value>();
}
/// Field by field, since it holds flags.
template <>
inline std::string plain_bytes(const Close& close) {
  FlatWriter writer;
  return writer.put(close.is_healthy).put(close.is_in_trouble).put(close.limit_seconds).put(close.farm).bytes();
}
template <>
inline Close plain_value(std::string_view bytes) {
  FlatReader reader(bytes);
  Close close;
  close.is_healthy = reader.get<bool>();
  close.is_in_trouble = reader.get<bool>();
  close.limit_seconds = reader.get<double>();
  close.farm = reader.get<std::uint32_t>();
  return close;
}

}  // namespace prs::protocol
