// How rank 0 has the output file put together, and what of it an earlier start has done already.
#include <algorithm>

#include "farm/closing.hpp"
#include "output/assembly_shares.hpp"
#include "support/log.hpp"

namespace prs {

std::string Closing::header_line(const History& history) const {
  return parts_.config.parallel.append_row_dataframe_header ? history.columns : std::string();
}

std::vector<MiniBatchIndex> Closing::assemble(const History& history, const AssemblyLayout& layout) {
  if (is_output_there(history, layout)) {
    log().info("the output is there already, as an earlier start wrote it");
    file_.remove_leftovers();
    result_.output_file = file_.path();
    return {};
  }
  Master& master = parts_.master;
  const ByteRanges written = begin_building(history, layout);
  const std::size_t writers = std::max(1U, master.living_workers());
  const auto gaps = written.gaps({layout.header_bytes(), layout.total_bytes()});
  const auto rows = [&](std::uint64_t begin, std::uint64_t end) { return history.last.rows_of_range(begin, end); };
  AssemblyShares shares(layout, rows, split_assembly(gaps, writers), writers);
  log().info("{} shares of the output are left to be written", shares.size());
  const auto note = [&](std::size_t index, std::size_t step) {
    master.ledger().written(shares.range_of(index, step));
    master.ledger().submit();
  };
  const auto damaged = master.assemble([&](std::size_t index, std::size_t step) { return shares.step(index, step); },
                                       note, shares.size());
  if (damaged.empty() && !master.ending()) finish_file(layout.total_bytes(), layout.identity());
  return damaged;
}

bool Closing::is_output_there(const History& history, const AssemblyLayout& layout) const {
  const auto& finishing = history.finishing;
  if (!parts_.earlier_output || !finishing || finishing->layout != layout.identity() ||
      finishing->length_bytes != layout.total_bytes())
    return false;
  const auto there = stamp_of(file_.path());
  return there && there->has_bytes_of(*parts_.earlier_output);
}

/// An older job that wakes up may have the file open still. Its workers stop as soon as they see that it has another
/// name. What they write before that are the same bytes in the same places, since the layout is the same, and no
/// mini-batch has run since: else some of theirs may have been damaged. In a file of this start nobody else writes.
bool Closing::can_go_on_with(const History::Building& building, const AssemblyLayout& layout) const {
  return building.layout == layout.identity() &&
         (!building.has_outcomes_since || building.leases.front() == parts_.lease.name());
}

ByteRanges Closing::begin_building(const History& history, const AssemblyLayout& layout) {
  LedgerWriter& ledger = parts_.master.ledger();
  const std::string header = header_line(history);
  const std::string lease = parts_.lease.name();
  const auto& building = history.building;
  if (building && can_go_on_with(*building, layout)) {
    std::optional<std::string> begun;
    aside("looking for the output that was begun", [&] {
      parts_.lease.expect_held();
      begun = file_.find_begun(building->leases, layout.total_bytes(), header);
    });
    // First the record, then the name: so the file always has one of those that the ledger knows.
    if (begun && *begun != file_.building_path()) {
      ledger.building({building->layout, lease, building->leases.front()});
      sync_ledger();
    }
    bool is_taken_over = false;
    aside("taking over the output that was begun", [&] {
      parts_.lease.expect_held();
      is_taken_over = begun && file_.take_over(*begun);
    });
    if (is_taken_over) {
      log().info("goes on with an output of which {} of {} bytes are written", building->written.bytes(),
                 layout.total_bytes());
      return building->written;
    }
  }
  // First the record: from now on nothing is known to be written.
  ledger.building({layout.identity(), lease, lease});
  sync_ledger();
  aside("making the output's file", [&] {
    parts_.lease.expect_held();
    file_.begin(layout.total_bytes(), header);
  });
  return {};
}

void Closing::finish_file(std::uint64_t total_bytes, std::uint64_t layout) {
  parts_.master.begin_finishing();
  aside("looking at its lease", [this] { parts_.lease.expect_held(); });
  parts_.master.ledger().finishing(total_bytes, layout);
  sync_ledger();
  if (parts_.config.parallel.output_action != OutputAction::append_row) return;
  FileStamp stamp;
  aside("giving the output its name", [&] {
    parts_.lease.expect_held();
    stamp = file_.finish(parts_.earlier_output);
  });
  parts_.master.ledger().named(stamp);
  parts_.master.ledger().submit();
  result_.output_file = file_.path();
}

}  // namespace prs
