#pragma once

#include <stdlib.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "output/assembly.hpp"
#include "output/final_file.hpp"
#include "output/part_writer.hpp"
#include "support/temporary_folder.hpp"
#include "tests/file_size_limit.hpp"

namespace prs {

/// A folder of the test's own, gone with it.
class OutputFolder : public TemporaryFolder {
 public:
  std::string part(std::uint32_t part) const { return file(std::to_string(part) + ".rows"); }
};

inline std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
inline void write_bytes(const std::string& path, std::string_view bytes) {
  std::filesystem::remove(path);  // some file systems sync a file that is emptied and written again
  std::ofstream(path, std::ios::binary | std::ios::trunc)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

inline std::string random_rows(std::mt19937_64& random, std::size_t size) {
  std::string rows(size, '\0');
  for (std::size_t i = 0; i < size; i += 8) {
    const std::uint64_t bits = random();
    std::copy_n(reinterpret_cast<const char*>(&bits), std::min<std::size_t>(8, size - i), rows.data() + i);
  }
  return rows;
}

/// A history of tries: what each mini-batch's rows are, and the stretch that holds them.
struct History {
  std::vector<std::string> rows;
  std::vector<Stretch> stretches;
};

/// Rows of a size that meets every path: none, tiny, about a window, larger than a block of the part writer.
inline std::size_t random_size(std::mt19937_64& random) {
  switch (random() % 16) {
    case 0:
      return 0;
    case 1:
      return random() % (256 << 10);
    case 2:
      return random() % (64 << 10);
    default:
      return random() % 200;
  }
}

/// Runs mini-batches over `parts` parts in about their order; a third of all tries fail after some of their rows;
/// failed ones come back later, elsewhere. `giants` of them have several MB.
inline History random_history(const OutputFolder& folder, std::mt19937_64& random, std::size_t mini_batches,
                              std::uint32_t parts, std::size_t giants) {
  History history{std::vector<std::string>(mini_batches), std::vector<Stretch>(mini_batches)};
  for (std::string& rows : history.rows) rows = random_rows(random, random_size(random));
  for (std::size_t i = 0; i < giants && mini_batches > 0; ++i)
    history.rows[random() % mini_batches] = random_rows(random, (1 << 20) + random() % (9 << 20));
  IoThread io;
  std::vector<std::unique_ptr<PartWriter>> writers;
  for (std::uint32_t p = 0; p < parts; ++p) writers.push_back(std::make_unique<PartWriter>(io, folder.part(p), p));

  std::vector<std::size_t> waiting(mini_batches);
  for (std::size_t i = 0; i < mini_batches; ++i) waiting[i] = mini_batches - 1 - i;
  while (!waiting.empty()) {
    const std::size_t from = waiting.size() - 1 - random() % std::min<std::size_t>(waiting.size(), 20);
    const std::size_t mini_batch = waiting[from];
    waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(from));
    PartWriter& writer = *writers[random() % parts];
    const bool fails = random() % 3 == 0;
    std::string_view rows = history.rows[mini_batch];
    if (fails) rows = rows.substr(0, random() % (rows.size() + 1));
    while (!rows.empty()) {
      const std::size_t piece =
          std::min<std::size_t>(rows.size(), random() % 2 == 0 ? rows.size() : 1 + random() % 400000);
      writer.add(rows.substr(0, piece));
      rows.remove_prefix(piece);
      if (random() % 50 == 0) writer.submit();
    }
    const Stretch stretch = writer.end_try();
    if (!fails)
      history.stretches[mini_batch] = stretch;
    else
      waiting.insert(
          waiting.end() - static_cast<std::ptrdiff_t>(random() % std::min<std::size_t>(waiting.size() + 1, 50)),
          mini_batch);
    if (random() % 20 == 0) writer.submit();
  }
  for (const auto& writer : writers) writer->submit();
  io.finish();
  return history;
}

inline AssemblyLayout layout_of(const std::vector<Stretch>& stretches, std::string_view header) {
  AssemblyLayout layout(stretches.size(), header);
  for (std::size_t i = 0; i < stretches.size(); ++i) layout.add({i}, stretches[i]);
  return layout;
}
inline AssemblyLayout::Stretches those_of(const std::vector<Stretch>& stretches) {
  return [&](std::uint64_t begin, std::uint64_t end) {
    return std::vector<Stretch>(stretches.begin() + static_cast<std::ptrdiff_t>(begin),
                                stretches.begin() + static_cast<std::ptrdiff_t>(end));
  };
}

/// These bytes of the file, step by step, each handed over as a worker gets it; the mini-batches that were bad.
inline std::vector<MiniBatchIndex> write_range(const OutputFolder& folder, const History& history,
                                               const AssemblyLayout& layout, ByteRange range, std::size_t most_pieces,
                                               const std::string& file) {
  std::vector<MiniBatchIndex> bad;
  while (range.begin < range.end) {
    const AssemblyShare share = layout.share(range, most_pieces, those_of(history.stretches));
    EXPECT_EQ(share.begin_bytes, range.begin);
    const auto found =
        write_share(assembly_share_of(to_bytes(share)), file, [&](std::uint32_t p) { return folder.part(p); }, {});
    EXPECT_TRUE(std::ranges::is_sorted(found));
    bad.insert(bad.end(), found.begin(), found.end());
    range.begin = share.end_bytes;
  }
  return bad;
}

/// The whole way: split, build, write each share, give it its name, in place of an earlier one of the test. The
/// mini-batches that were bad, each once.
inline std::vector<MiniBatchIndex> assemble(const OutputFolder& folder, const History& history,
                                            const std::string& header, std::size_t writers, const std::string& name,
                                            std::size_t most_pieces = 400) {
  const AssemblyLayout layout = layout_of(history.stretches, header);
  FinalFile file(folder.file(name), "1-test");
  file.begin(layout.total_bytes(), header);
  std::vector<MiniBatchIndex> bad;
  for (const ByteRange& range : split_assembly({{header.size(), layout.total_bytes()}}, writers)) {
    const auto found = write_range(folder, history, layout, range, most_pieces, file.building_path());
    bad.insert(bad.end(), found.begin(), found.end());
  }
  std::filesystem::remove(file.path());
  file.finish();
  std::ranges::sort(bad);
  bad.erase(std::unique(bad.begin(), bad.end()), bad.end());
  return bad;
}

inline std::string concatenation(const History& history, const std::string& header) {
  std::string all = header;
  for (const std::string& rows : history.rows) all += rows;
  return all;
}

}  // namespace prs
