#pragma once

#include <stdlib.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/history.hpp"
#include "ledger/ledger.hpp"
#include "model/run_folder.hpp"
#include "output/assembly.hpp"
#include "output/final_file.hpp"
#include "output/part_writer.hpp"
#include "support/io_thread.hpp"
#include "support/posix_io.hpp"
#include "support/temporary_folder.hpp"
#include "tests/fastest_folder.hpp"

namespace prs {

inline std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
inline void write_bytes(const std::string& path, std::string_view bytes) {
  std::filesystem::remove(path);
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// `dequeue_count` 0: it has none.
inline Outcome last_of(const History& history, std::uint64_t mini_batch) {
  return history.last.of_range(mini_batch, mini_batch + 1).at(0).outcome;
}

/// A run folder as starts of a run leave it, made with what ships: segments, parts, and what the rows must be. Every
/// fourth mini-batch fails once, after some rows, before it is done.
class RunOnDisk {
 public:
  using MiniBatches = std::set<std::uint64_t>;
  static constexpr std::uint64_t plan = 0x1122334455667788;
  static constexpr std::uint32_t workers = 2;

  RunOnDisk(std::uint64_t mini_batches, std::mt19937_64& random) {
    for (const std::string& sub : {folder_.ledgers(), folder_.parts()}) make_folders(sub);
    for (std::uint64_t i = 0; i < mini_batches; ++i) {
      std::string& rows = rows_.emplace_back(random() % 8 == 0 ? 0 : 1 + random() % 40, '\0');
      for (char& byte : rows) byte = static_cast<char>(random());
    }
  }

  const RunFolder& folder() const { return folder_; }
  std::uint64_t size() const { return rows_.size(); }
  std::string segment() const { return folder_.ledger(starts_); }
  std::uint32_t parts() const { return next_part_ - 1; }

  History read() const {
    return read_history([this](std::uint32_t start) { return folder_.ledger(start); }, plan, rows_.size());
  }

  /// One more start, which runs these to their end.
  void start(const MiniBatches& mini_batches) {
    const History history = read();
    IoThread io;
    std::vector<std::unique_ptr<PartWriter>> writers;
    for (std::uint32_t worker = 0; worker < workers; ++worker)
      writers.push_back(std::make_unique<PartWriter>(io, folder_.part(next_part_ + worker), next_part_ + worker));
    ++starts_;
    LedgerWriter ledger(io, folder_.ledger(starts_), {starts_, plan, rows_.size(), next_part_, history.segment_bytes});
    next_part_ += workers;
    ErrorId errors = 0;
    for (const std::uint64_t i : mini_batches) {
      PartWriter& writer = *writers[i % workers];
      std::uint32_t tries = last_of(history, i).dequeue_count;
      if (i % 4 == 3) {
        writer.add(std::string_view(rows_[i]).substr(0, rows_[i].size() / 2));
        writer.end_try();
        ledger.error_text(++errors, {"ValueError", "bad page", "line " + std::to_string(i)});
        ledger.outcome({{i}, ++tries, TryStatus::run_exception, 1, 0, 0, {}}, errors);
      }
      writer.add(rows_[i]);
      const Stretch stretch = writer.end_try();
      writer.submit();
      ledger.outcome({{i}, ++tries, TryStatus::run_done, 1, 1, 1, stretch}, 0);
      ledger.submit();
    }
    io.finish();
  }

  /// Puts the rows of what the ledger has as done into one file; the mini-batches whose rows are damaged.
  MiniBatches assemble(const History& history, std::size_t writers = workers) const {
    const auto rows_of = [&](std::uint64_t begin, std::uint64_t end) { return history.last.rows_of_range(begin, end); };
    AssemblyLayout layout(rows_.size(), "");
    history.last.for_each([&](const LastOutcome& last) {
      if (last.outcome.is_done()) layout.add(last.outcome.mini_batch, last.outcome.stretch);
    });
    std::filesystem::remove(output());
    FinalFile file(output(), "1");
    file.begin(layout.total_bytes(), "");
    MiniBatches damaged;
    for (const ByteRange& share : split_assembly({{0, layout.total_bytes()}}, writers))
      for (const MiniBatchIndex bad : write_share(layout.share(share, rows_.size(), rows_of), file.building_path(),
                                                  [this](std::uint32_t part) { return folder_.part(part); }, {}))
        damaged.insert(bad.value);
    file.finish();
    return damaged;
  }

  /// Whether the assembled file has the right bytes for all that is done and not damaged.
  bool is_right(const History& history, const MiniBatches& damaged) const {
    const std::string file = bytes_of(output());
    std::size_t at = 0;
    for (std::uint64_t i = 0; i < rows_.size(); ++i) {
      const Outcome last = last_of(history, i);
      if (!last.is_done() || last.dequeue_count == 0) continue;
      if (last.stretch.length_bytes != rows_[i].size()) return false;
      if (!damaged.contains(i) && file.compare(at, rows_[i].size(), rows_[i]) != 0) return false;
      at += rows_[i].size();
    }
    return at == file.size();
  }
  bool is_whole() const {
    std::string all;
    for (const std::string& rows : rows_) all += rows;
    return bytes_of(output()) == all;
  }

  /// The latest start and its files never were.
  void forget_last_start() {
    std::filesystem::remove(folder_.ledger(starts_--));
    for (std::uint32_t worker = 0; worker < workers; ++worker) std::filesystem::remove(folder_.part(--next_part_));
  }

 private:
  std::string output() const { return folder_.path + "/rows.txt"; }
  const TemporaryFolder temporary_{fastest_folder()};  // all that is written is synced
  const RunFolder folder_{temporary_.path()};
  std::vector<std::string> rows_;  ///< by mini-batch
  std::uint32_t starts_ = 0;
  std::uint32_t next_part_ = 1;
};

inline RunOnDisk::MiniBatches done_in(const History& history) {
  RunOnDisk::MiniBatches done;
  history.last.for_each([&](const LastOutcome& last) {
    if (last.outcome.is_done()) done.insert(last.outcome.mini_batch.value);
  });
  return done;
}

}  // namespace prs
