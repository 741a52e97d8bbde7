#include "loader/loader.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <cstring>
#include <fstream>
#include <thread>

#include "../dataset/hdf5_writer.hpp"
#include "dataset/hdf5_memory.hpp"
#include "dataset/quote_scan.hpp"
#include "script/loader_wire.hpp"
#include "support/framed_socket.hpp"
#include "support/temporary_folder.hpp"

namespace prs {
namespace {

/// A loader in a thread, and this end of its socket.
class LoaderTest : public testing::Test {
 protected:
  LoaderTest() {
    std::array<int, 2> fds{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()), 0);
    socket.connect(UniqueFd(fds[0]));
    loader = std::thread([fd = fds[1]] { serve_loads(UniqueFd(fd)); });
    TableOptions with_header;
    TableOptions without_header;
    without_header.header = HeaderMode::no_header;
    TableOptions own_headers;
    own_headers.header = HeaderMode::all_files_different_headers;
    TableOptions first_header;
    first_header.header = HeaderMode::from_first_file;
    TableOptions multi_line;
    multi_line.support_multi_line = true;
    TableOptions hdf5;
    hdf5.format = TableFormat::hdf5;
    hdf5.columns = {"x"};
    send(LoaderFrame::setup, 0,
         loader_setup_bytes({with_header, without_header, own_headers, multi_line, first_header, hdf5}));
    EXPECT_EQ(static_cast<LoaderFrame>(answer().type), LoaderFrame::ready);
  }
  ~LoaderTest() override {
    socket.connect(UniqueFd());
    loader.join();  // it ends with its worker
  }
  void send(LoaderFrame type, std::uint64_t number, const std::string& payload) {
    socket.queue({static_cast<std::uint16_t>(type), number, payload, UniqueFd()});
    socket.flush();
  }
  Frame answer() {
    for (;;) {
      pollfd waited = socket.poll_fd();
      ::poll(&waited, 1, 60000);
      std::vector<Frame> frames = socket.receive();
      EXPECT_FALSE(socket.is_at_end());
      if (!frames.empty()) return std::move(frames.front());
    }
  }
  Frame load(const TableItems& items) {
    send(LoaderFrame::load, ++loads, load_bytes(items));
    Frame frame = answer();
    EXPECT_EQ(frame.number, loads);
    return frame;
  }
  std::string file(const std::string& name, const std::string& text) {
    std::ofstream(folder.file(name), std::ios::binary) << text;
    return folder.file(name);
  }
  static std::string text_of(const Frame& frame) {
    std::string text(size_of_loaded(frame.payload).bytes, '\0');
    EXPECT_EQ(::pread(frame.descriptor.get(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    return text;
  }

  TemporaryFolder folder;
  FramedSocket socket{{largest_frame_from_loader_bytes, true}};
  std::thread loader;
  std::uint64_t loads = 0;
};

TEST_F(LoaderTest, GivesTheRecordsOfAPieceAndTheirNumber) {
  const std::string path = file("t", "a,b\n1,2\n3,4\n5,6");
  const Frame first = load({0, {{path, 0, 8, 0}}});
  EXPECT_EQ(text_of(first), "1,2\n");
  EXPECT_EQ(size_of_loaded(first.payload).pieces[0].begin, 4u) << "behind the header";
  EXPECT_EQ(size_of_loaded(first.payload).items, 1u);
  const Frame rest = load({0, {{path, 8, 15, 0}}});
  EXPECT_EQ(text_of(rest), "3,4\n5,6\n") << "each with its line end";
  EXPECT_EQ(size_of_loaded(rest.payload).items, 2u);
  EXPECT_EQ(size_of_loaded(load({0, {{path, 5, 15, 0}}}).payload).pieces[0].begin, 8u)
      << "where its first record begins";
  EXPECT_EQ(text_of(load({1, {{path, 0, 8, 0}}})), "a,b\n1,2\n") << "this input has no header";
}

TEST_F(LoaderTest, OnlyTheFirstFileHasAHeaderWhereThatIsAskedFor) {
  const std::string path = file("t", "a,b\n1,2\n");
  TablePiece piece{path, 0, 8, 0};
  EXPECT_EQ(text_of(load({4, {piece}})), "a,b\n1,2\n");
  piece.is_of_first_file = true;
  EXPECT_EQ(text_of(load({4, {piece}})), "1,2\n");
}

TEST_F(LoaderTest, GivesTheHeaderAloneOfAnEmptyPiece) {
  const std::string path = file("t", "a,b\n1,2\n");
  TablePiece piece{path, 0, 0, 0, PieceUnit::bytes, true};
  for (const std::uint32_t input : {0u, 2u, 4u}) {
    const LoadedSize size = size_of_loaded(load({input, {piece}}).payload);
    EXPECT_EQ(size.items, 0u);
    EXPECT_EQ(size.pieces.at(0).header, "a,b") << input;
  }
  piece.is_of_first_file = false;
  for (const std::uint32_t input : {1u, 4u})
    EXPECT_EQ(size_of_loaded(load({input, {piece}}).payload).pieces.at(0).header, "") << "this input has none there";
}

TEST_F(LoaderTest, CountsTheQuotesOfPiecesAndSaysWhichOneCannotBeRead) {
  const std::string path = file("t", "a,\"\n\"\nb\n");
  send(LoaderFrame::scan, 7, scan_bytes({4, {3, {{path, 0, 6, 0}, {path + "x", 0, 6, 0}}}}));
  const Frame frame = answer();
  EXPECT_EQ(static_cast<LoaderFrame>(frame.type), LoaderFrame::scanned);
  EXPECT_EQ(frame.number, 7u);
  const ScannedPieces found = scanned_pieces_of(frame.payload);
  EXPECT_NE(found.problem.find(path + "x"), std::string::npos) << found.problem;
  ASSERT_EQ(found.steps.size(), 2u);
  ASSERT_EQ(found.steps[0].size(), 2u);
  EXPECT_EQ(found.steps[0][0].after(RecordState::record_start), RecordState::quoted);
  EXPECT_EQ(found.steps[0][1].after(RecordState::quoted), RecordState::record_start);
  EXPECT_TRUE(found.steps[1].empty());
}

TEST_F(LoaderTest, EachPieceOfAFileWithItsOwnHeaderComesWithIt) {
  const std::string path = file("t", "a,b\r\n1,2\n3,4\n");
  EXPECT_EQ(size_of_loaded(load({2, {{path, 0, 9, 0}}}).payload).pieces[0].header, "a,b");
  const Frame second = load({2, {{path, 9, 13, 0}}});
  EXPECT_EQ(text_of(second), "3,4\n");
  EXPECT_EQ(size_of_loaded(second.payload).pieces[0].header, "a,b");
}

TEST_F(LoaderTest, SeveralPiecesAreOneMiniBatch) {
  const std::string one = file("one", "a,b\n1,2"), two = file("two", "a,b\n3,4\n");
  const Frame both = load({0, {{one, 0, 7, 0}, {two, 0, 8, 0}}});
  EXPECT_EQ(text_of(both), "1,2\n3,4\n");
  const LoadedSize size = size_of_loaded(both.payload);
  EXPECT_EQ(size.items, 2u);
  ASSERT_EQ(size.pieces.size(), 2u);
  for (const PieceSize& piece : size.pieces) EXPECT_TRUE(piece.items == 1 && piece.bytes == 4 && piece.begin == 4);
  const Frame own = load({2, {{one, 0, 7, 0}, {file("three", "b,a\n5,6\n"), 0, 8, 0}}});
  EXPECT_EQ(size_of_loaded(own.payload).pieces.at(1).header, "b,a");
}

TEST_F(LoaderTest, ALargePieceIsReadWhole) {
  std::string lines = "a,b\n";
  for (int i = 0; i < 1000000; ++i) lines += std::to_string(i) + ",x\n";
  const Frame frame = load({0, {{file("t", lines), 0, lines.size(), 0}}});
  EXPECT_TRUE(text_of(frame) == lines.substr(4));
  EXPECT_EQ(size_of_loaded(frame.payload).items, 1000000u);
}

TEST_F(LoaderTest, WhatIsNoTextIsNamedWithItsPlace) {
  const std::string path = file("t", "a,b\n1,\xff\n");
  const Frame frame = load({0, {{path, 0, 8, 0}}});
  EXPECT_EQ(static_cast<LoaderFrame>(frame.type), LoaderFrame::load_failed);
  EXPECT_EQ(failure_of_load(frame.payload).category, "TableError");
  EXPECT_TRUE(failure_of_load(frame.payload).message.starts_with(path + ": byte 6: "));
}

TEST_F(LoaderTest, NobodyCanChangeWhatItGave) {
  const Frame frame = load({1, {{file("t", "1\n"), 0, 2, 0}}});
  const int memory = frame.descriptor.get();
  EXPECT_LT(::pwrite(memory, "x", 1, 0), 0);
  EXPECT_LT(::ftruncate(memory, 0), 0);
  EXPECT_EQ(::mmap(nullptr, 2, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0), MAP_FAILED);
  EXPECT_LT(::fcntl(memory, F_ADD_SEALS, F_SEAL_GROW), 0);
}

constexpr std::uint32_t input_hdf5 = 5;

std::string hdf5_file(const std::string& path, std::int64_t first) {
  test::Hdf5Writer writer(path);
  writer.numbers("/x", {first, first + 1, first + 2, first + 3}, {{2}, 0, false, false});
  writer.numbers("/y", {0, 0, 0, 0});
  return path;
}

TEST_F(LoaderTest, RowsOfHdf5FilesLieOneBehindTheOther) {
  const TableItems items{input_hdf5,
                         {{hdf5_file(folder.file("a"), 10), 1, 3, 0, PieceUnit::loaded_rows},
                          {hdf5_file(folder.file("b"), 20), 0, 4, 0, PieceUnit::loaded_rows}}};
  const Frame frame = load(items);
  ASSERT_EQ(static_cast<LoaderFrame>(frame.type), LoaderFrame::loaded);
  const LoadedSize size = size_of_loaded(frame.payload);
  EXPECT_EQ(size.items, 6u);
  ASSERT_EQ(size.pieces.size(), 2u);
  EXPECT_EQ(size.pieces[0].begin, 1u);
  const std::string text = text_of(frame), magic(hdf5_memory_magic, 8);
  std::size_t begin = 0;
  for (const std::int64_t first : {11, 20}) {
    EXPECT_EQ(begin % hdf5_block_alignment_bytes, 0u);
    std::int64_t value = 0;
    std::memcpy(&value, text.data() + begin, sizeof value);
    EXPECT_EQ(value, first);
    begin += size.pieces[first == 20].bytes;
    EXPECT_EQ(text.substr(begin - magic.size(), magic.size()), magic);
  }
  EXPECT_EQ(begin, text.size());
}

TEST_F(LoaderTest, AnHdf5FileIsDescribedAndOneThatCannotBeReadIsNamed) {
  const auto described = [this](const std::string& path) {
    send(LoaderFrame::describe, ++loads, load_bytes({input_hdf5, {{path, 0, 0, 0, PieceUnit::loaded_rows}}}));
    return answer();
  };
  const Frame frame = described(hdf5_file(folder.file("a"), 0));
  ASSERT_EQ(static_cast<LoaderFrame>(frame.type), LoaderFrame::described);
  const DescribedTable table = table_of_described(frame.payload);
  EXPECT_EQ(table.rows, 4u);
  EXPECT_EQ(table.bytes_per_row, 8u);
  EXPECT_EQ(table.chunk_rows, 2u);
  EXPECT_EQ(table.layout, R"({"columns":[{"dtype":"<i8","name":"x","shape":[]}],"kind":"table"})");
  const std::string text = file("t", "no HDF5");
  const Frame failed = described(text);
  ASSERT_EQ(static_cast<LoaderFrame>(failed.type), LoaderFrame::load_failed);
  EXPECT_NE(failure_of_load(failed.payload).message.find(text + ": is no HDF5 file"), std::string::npos);
}

TEST_F(LoaderTest, AnHdf5FileThatCouldNotBeCountedFailsWithItsCauseOrAsksForAnotherStart) {
  const auto failure_of = [this](const std::string& path) {
    return failure_of_load(load({input_hdf5, {{path, 0, 0, 0, PieceUnit::loaded_rows}}}).payload).message;
  };
  EXPECT_NE(failure_of(file("t", "no HDF5")).find("is no HDF5 file"), std::string::npos);
  EXPECT_NE(failure_of(hdf5_file(folder.file("a"), 0)).find("start the run again"), std::string::npos);
}

TEST_F(LoaderTest, AFailureIsToldAndTheNextLoadGoesOn) {
  const Frame failed = load({0, {{folder.file("missing"), 0, 8, 0}}});
  EXPECT_EQ(static_cast<LoaderFrame>(failed.type), LoaderFrame::load_failed);
  EXPECT_NE(failure_of_load(failed.payload).message.find(folder.file("missing")), std::string::npos);
  EXPECT_EQ(text_of(load({1, {{file("t", "1\n"), 0, 2, 0}}})), "1\n");
}

}  // namespace
}  // namespace prs
