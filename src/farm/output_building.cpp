#include "farm/output_building.hpp"

#include <unistd.h>

#include <algorithm>

#include "output/assembly_shares.hpp"
#include "support/humane.hpp"
#include "support/log.hpp"

namespace prs {

OutputBuilding::OutputBuilding(const Parts& parts)
    : parts_(parts),
      file_(parts.folder.output(parts.config.parallel.append_row_file_name), parts.lease.name()),
      columns_(
          make_column_output(file_.path(), {parts.config, parts.interpreter, parts.lease, parts.master, parts.disk})) {}

std::string OutputBuilding::header_line(const History& history) const {
  return columns_ || parts_.config.parallel.append_row_dataframe_header ? history.columns : std::string();
}

std::vector<MiniBatchIndex> OutputBuilding::assemble(const History& history, const AssemblyLayout& layout) {
  if (is_output_there(history, layout)) {
    log().info("the output is there already, as an earlier start wrote it");
    file_.remove_leftovers();
    if (columns_) columns_->remove_leftovers();
    output_file_ = file_.path();
    return {};
  }
  Master& master = parts_.master;
  const ByteRanges written = begin(history, layout);
  const std::size_t writers = std::max(1U, master.living_workers());
  const auto gaps = written.gaps({layout.header_bytes(), layout.total_bytes()});
  const auto rows = [&](std::uint64_t begin, std::uint64_t end) { return history.last.rows_of_range(begin, end); };
  AssemblyShares shares(layout, rows, split_assembly(gaps, writers), writers);
  log().info("of the output {} left to be written", counted(shares.size(), "share is", "shares are"));
  AssembledBytes assembled{layout.total_bytes(), written.bytes()};
  master.set_assembled(assembled);
  const auto note = [&](std::size_t index, std::size_t step) {
    const ByteRange range = shares.range_of(index, step);
    master.ledger().written(range);
    master.ledger().submit();
    assembled.written += range.end - range.begin;
    master.set_assembled(assembled);
  };
  const auto damaged = master.assemble([&](std::size_t index, std::size_t step) { return shares.step(index, step); },
                                       note, shares.size());
  if (!damaged.empty() || master.ending()) return damaged;
  const auto bytes = columns_ ? columns_->make({file_.building_path(), layout, rows}) : layout.total_bytes();
  if (bytes) finish(*bytes, layout.identity());
  return {};
}

bool OutputBuilding::is_output_there(const History& history, const AssemblyLayout& layout) const {
  const auto& finishing = history.finishing;
  if (!parts_.earlier_output || !finishing || finishing->layout != layout.identity() ||
      (!columns_ && finishing->length_bytes != layout.total_bytes()))
    return false;
  const auto there = stamp_with_files(file_.path());
  return there && there->has_bytes_of(*parts_.earlier_output);
}

/// An older job that wakes up may have the file open still. Its workers stop as soon as they see that it has another
/// name. What they write before that are the same bytes in the same places, since the layout is the same, and no
/// mini-batch has run since: else some of theirs may have been damaged. In a file of this start nobody else writes.
bool OutputBuilding::can_go_on_with(const History::Building& building, const AssemblyLayout& layout) const {
  return building.layout == layout.identity() &&
         (!building.has_outcomes_since || building.leases.front() == parts_.lease.name());
}

ByteRanges OutputBuilding::begin(const History& history, const AssemblyLayout& layout) {
  const std::string header = header_line(history);
  const auto& building = history.building;
  if (building && can_go_on_with(*building, layout) && take_over(*building, layout, header)) {
    log().info("goes on with an output of which {} of {} bytes are written", building->written.bytes(),
               layout.total_bytes());
    return building->written;
  }
  begin_new(layout, header);
  return {};
}

bool OutputBuilding::take_over(const History::Building& building, const AssemblyLayout& layout,
                               const std::string& header) {
  std::optional<std::string> begun;
  parts_.disk.aside("looking for the output that was begun", [&] {
    parts_.lease.expect_held();
    begun = file_.find_begun(building.leases, layout.total_bytes(), header);
  });
  // First the record, then the name: so the file always has one of those that the ledger knows.
  if (begun && *begun != file_.building_path()) {
    parts_.master.ledger().building({building.layout, parts_.lease.name(), building.leases.front()});
    parts_.disk.sync_ledger();
  }
  bool is_taken_over = false;
  parts_.disk.aside("taking over the output that was begun", [&] {
    parts_.lease.expect_held();
    is_taken_over = begun && file_.take_over(*begun);
  });
  return is_taken_over;
}

void OutputBuilding::begin_new(const AssemblyLayout& layout, const std::string& header) {
  const std::string lease = parts_.lease.name();
  // First the record: from now on nothing is known to be written.
  parts_.master.ledger().building({layout.identity(), lease, lease});
  parts_.disk.sync_ledger();
  parts_.disk.aside("making the output's file", [&] {
    parts_.lease.expect_held();
    file_.begin(layout.total_bytes(), header);
  });
}

void OutputBuilding::finish(std::uint64_t total_bytes, std::uint64_t layout) {
  parts_.master.begin_finishing();
  parts_.disk.aside("looking at its lease", [this] { parts_.lease.expect_held(); });
  parts_.master.ledger().finishing(total_bytes, layout);
  parts_.disk.sync_ledger();
  if (!parts_.config.has_output()) return;
  FileStamp stamp;
  parts_.disk.aside("giving the output its name", [&] {
    parts_.lease.expect_held();
    stamp = columns_ ? columns_->finish(parts_.earlier_output) : file_.finish(parts_.earlier_output);
    if (columns_) ::unlink(file_.building_path().c_str());  // else the next start does
  });
  parts_.master.ledger().named(stamp);
  parts_.master.ledger().submit();
  output_file_ = file_.path();
}

}  // namespace prs
