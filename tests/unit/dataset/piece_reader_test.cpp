// Reading pieces of tables: put together they are the file, each record once, wherever it was cut.
#include "dataset/piece_reader.hpp"

#include <gtest/gtest.h>
#include <iconv.h>

#include <fstream>

#include "dataset/record_scanner.hpp"
#include "dataset/text_encoding.hpp"
#include "file_tree.hpp"
#include "random_text.hpp"

namespace prs {
namespace {

using test::FileTree;

class TextMemory final : public GrowingMemory {
 public:
  std::span<char> room(std::size_t bytes) override {
    if (bytes > text.size()) text.resize(bytes);
    return text;
  }
  std::string text;
};

void write(const FileTree& tree, const std::string& name, const std::string& bytes) {
  std::ofstream(tree.path(name), std::ios::binary) << bytes;
}

std::string encoded(const std::string& text, const char* encoding) {
  const iconv_t handle = ::iconv_open(encoding, "UTF-8");
  std::string in = text, out(4 * text.size() + 4, '\0');
  char *from = in.data(), *to = out.data();
  std::size_t left = in.size(), room = out.size();
  EXPECT_EQ(::iconv(handle, &from, &left, &to, &room), 0u);
  ::iconv_close(handle);
  return out.substr(0, out.size() - room);
}

struct Whole {
  std::string text, header;
  std::uint64_t records = 0;
  int headers = 0;
};

/// The state of the automaton at a place of a file, as a count over the whole file would find it.
std::uint8_t state_at(const std::string& bytes, const TableOptions& options, std::uint64_t place) {
  const TextLayout layout = layout_of(options.encoding, bytes).value();
  place += place % layout.unit_bytes;
  if (!options.support_multi_line || place <= layout.mark_bytes) return 0;
  std::string units = bytes.substr(layout.mark_bytes, place - layout.mark_bytes);
  if (layout.unit_bytes == 2) narrow(layout, std::string(units), units);
  RecordScanner scanner(RecordRules::of(options));
  scanner.scan(units);
  return static_cast<std::uint8_t>(scanner.state());
}

Whole read_in_pieces(const std::string& path, const TableOptions& options, bool has_header, std::uint64_t piece_bytes) {
  const std::string bytes = read_file(path);
  Whole whole;
  for (std::uint64_t begin = 0; begin < bytes.size(); begin += piece_bytes) {
    const std::uint64_t end = std::min<std::uint64_t>(begin + piece_bytes, bytes.size());
    TextMemory memory;
    memory.text = "before";
    const auto result =
        read_piece({path, begin, end, state_at(bytes, options, begin)}, {options, has_header}, memory, 6);
    if (const auto* error = std::get_if<PieceError>(&result)) {
      ADD_FAILURE() << error->offset_bytes << ": " << error->text;
      return whole;
    }
    const LoadedPiece& piece = std::get<LoadedPiece>(result);
    EXPECT_TRUE(memory.text.starts_with("before"));
    whole.text += memory.text.substr(6, piece.bytes);
    EXPECT_EQ(piece.traits, traits_of(std::string_view(memory.text).substr(6, piece.bytes)));
    whole.records += piece.records;
    whole.headers += piece.header ? 1 : 0;
    whole.header += piece.header.value_or("");
  }
  return whole;
}

/// Byte by byte: a \r becomes \n where a line ends with it alone.
void end_lines_with_line_feeds(std::string& text, const TableOptions& options) {
  RecordScanner scanner(RecordRules::of(options));
  for (std::size_t at = 0; at < text.size(); ++at) {
    scanner.scan(std::string_view(text).substr(at, 1));
    const bool is_line_end = text[at] == '\r' && scanner.state() == RecordState::carriage_return;
    if (is_line_end && text.compare(at + 1, 1, "\n") != 0) text[at] = '\n';
  }
}

/// What the pieces together must be.
Whole expected(std::string text, const TableOptions& options, bool has_header) {
  RecordScanner scanner(RecordRules::of(options));
  Whole whole;
  std::size_t begin = 0;
  while (has_header && scanner.records() == 0 && begin < text.size()) {
    whole.header = text.substr(begin, scanner.scan_line(std::string_view(text).substr(begin)));
    begin += whole.header.size();
  }
  whole.headers = static_cast<int>(scanner.records());
  if (whole.headers == 0) whole.header.clear();
  while (!whole.header.empty() && (whole.header.back() == '\n' || whole.header.back() == '\r')) whole.header.pop_back();
  whole.text = text.substr(begin);
  scanner.scan(whole.text);
  whole.records = scanner.records() - static_cast<std::uint64_t>(whole.headers);
  const bool is_cut_off = !scanner.is_at_line_start() && scanner.state() != RecordState::carriage_return;
  if (is_cut_off && !whole.text.empty()) whole.text += '\n';
  end_lines_with_line_feeds(whole.text, options);
  return whole;
}

/// Text that can be read: no quoted field is open at its end, nor at the end of a line where that may not be.
std::string readable_text(std::mt19937& random, const TableOptions& options) {
  std::string text = test::random_table_text(random, 30);
  if (options.format == TableFormat::json_lines) return text;
  if (!options.support_multi_line) std::erase(text, '"');
  RecordScanner scanner(RecordRules::of(options));
  scanner.scan(text);
  return scanner.state() == RecordState::quoted ? text + "\"" : text;
}

struct Encoding {
  TextEncoding encoding;
  const char* name;
  std::string mark;
};
const Encoding encodings[] = {{TextEncoding::utf8, "UTF-8", ""},
                              {TextEncoding::utf8, "UTF-8", "\xef\xbb\xbf"},
                              {TextEncoding::utf16, "UTF-16LE", "\xff\xfe"},
                              {TextEncoding::utf16, "UTF-16BE", "\xfe\xff"},
                              {TextEncoding::utf16_le, "UTF-16LE", ""},
                              {TextEncoding::utf16_be, "UTF-16BE", "\xfe\xff"},
                              {TextEncoding::windows_1252, "CP1252", ""},
                              {TextEncoding::latin1, "ISO-8859-1", ""}};

void replace_all(std::string& text, const std::string& what, const std::string& by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what))
    text.replace(at, what.size(), by);
}

void check_random_files(const TableOptions& given, unsigned seed) {
  const FileTree tree;
  std::mt19937 random(seed);
  for (int round = 0; round < 400; ++round) {
    const Encoding& encoding = encodings[random() % std::size(encodings)];
    TableOptions options = given;
    options.encoding = encoding.encoding;
    std::string text = readable_text(random, options);
    if (std::string_view(encoding.name).find("UTF") == std::string_view::npos) {
      replace_all(text, "𝄞", "x");
      replace_all(text, "€", "y");
    }
    write(tree, "t.csv", encoding.mark + encoded(text, encoding.name));
    const bool has_header = random() % 2 == 0;
    const Whole whole = expected(text, options, has_header);
    const Whole pieces = read_in_pieces(tree.path("t.csv"), options, has_header, 1 + random() % 40);
    ASSERT_EQ(pieces.text, whole.text) << text;
    ASSERT_EQ(pieces.records, whole.records) << text;
    ASSERT_EQ(pieces.headers, whole.headers) << text;
    ASSERT_EQ(pieces.header, whole.header) << text;
    if (!has_header) continue;
    const auto header = read_header(tree.path("t.csv"), {options});
    ASSERT_EQ(std::get<std::string>(header), whole.header) << text;
  }
}

PieceError error_of(const std::string& path, const TableOptions& options, std::uint64_t begin, std::uint64_t end,
                    std::uint64_t most_bytes = 1 << 20) {
  TextMemory memory;
  const auto result = read_piece({path, begin, end, 0}, {options, false, most_bytes}, memory, 0);
  if (const auto* error = std::get_if<PieceError>(&result)) return *error;
  ADD_FAILURE() << "no error";
  return {};
}

}  // namespace

TEST(PieceReader, PiecesOfLinesAreTheFileWhereverItIsCut) {
  check_random_files({}, 1);
}

TEST(PieceReader, PiecesWithLineBreaksInQuotesAreTheFileWhereverItIsCut) {
  TableOptions options;
  options.support_multi_line = true;
  check_random_files(options, 2);
}

TEST(PieceReader, PiecesOfJsonLinesAreTheFileWhereverItIsCut) {
  TableOptions options;
  options.format = TableFormat::json_lines;
  check_random_files(options, 3);
}

TEST(PieceReader, ALoneCarriageReturnEndsARecordAsALineFeedButNotInQuotes) {
  const FileTree tree;
  TableOptions options;
  options.support_multi_line = true;
  write(tree, "t.csv", "a,\"b\rc\"\rd,e\r\n\rf,g\r");
  EXPECT_EQ(read_in_pieces(tree.path("t.csv"), options, false, 100).text, "a,\"b\rc\"\nd,e\r\n\nf,g\n");
}

TEST(PieceReader, ARecordThatIsLongerThanManyPiecesIsInTheFirstOfThem) {
  const FileTree tree;
  const std::string text = "a\n" + std::string(600'000, 'b') + "\nc\n" + std::string(300'000, 'd');
  write(tree, "t.csv", text);
  for (const std::uint64_t piece_bytes : {100'000, 250'000, 1'000'000}) {
    const Whole whole = read_in_pieces(tree.path("t.csv"), {}, false, piece_bytes);
    EXPECT_EQ(whole.records, 4u);
    EXPECT_TRUE(whole.text == text + "\n");
  }
}

TEST(PieceReader, TheHeaderIsFoundBehindManyBlankLines) {
  const FileTree tree;
  write(tree, "t.csv", std::string(10'000, '\n') + "a,b\n1,2\n");
  const Whole whole = read_in_pieces(tree.path("t.csv"), {}, true, 5'000);
  EXPECT_EQ(whole.header, "a,b");
  EXPECT_EQ(whole.records, 1u);
}

TEST(PieceReader, ACompressedFileIsReadWholeWithAllItsParts) {
  const FileTree tree;
  std::string text = "id,name\n";
  for (int i = 0; i < 100'000; ++i) text += std::to_string(i) + ",ä\n";
  write(tree, "one", text.substr(0, 300'000));
  write(tree, "two", text.substr(300'000));
  for (const auto& [name, file] : std::vector<std::pair<std::string, std::string>>{
           {"gzip", "t.csv.gz"}, {"bzip2", "t.csv.bz2"}, {"zstd", "t.csv.zst"}}) {
    const std::string path = tree.path(file);
    const std::string command =
        "cd " + tree.root() + " && for part in one two; do " + name + " -c $part; done > " + path;
    if (std::system(("command -v " + name + " > /dev/null").c_str()) != 0) continue;
    ASSERT_EQ(std::system(command.c_str()), 0);
    TextMemory memory;
    const std::string bytes = read_file(path);
    const auto result = read_piece({path, 0, bytes.size(), 0}, {TableOptions{}}, memory, 0);
    ASSERT_TRUE(std::holds_alternative<LoadedPiece>(result)) << std::get<PieceError>(result).text;
    const LoadedPiece& piece = std::get<LoadedPiece>(result);
    EXPECT_EQ(piece.records, 100'000u);
    EXPECT_EQ(piece.header, "id,name");
    EXPECT_TRUE(memory.text.substr(0, piece.bytes) == text.substr(8));

    write(tree, file, bytes.substr(0, bytes.size() - 9));
    EXPECT_NE(error_of(path, {}, 0, bytes.size()).text.find("ends before its text does"), std::string::npos);
    std::string damaged = bytes;
    damaged.replace(bytes.size() / 3, 8, "damaged!");
    write(tree, file, damaged);
    EXPECT_NE(error_of(path, {}, 0, bytes.size()).text, "");
    write(tree, file, bytes);
    EXPECT_EQ(error_of(path, {}, 0, bytes.size(), 1000).offset_bytes, 1000u);
  }
}

TEST(PieceReader, WhatIsWrongIsNamedWithItsPlaceInTheFile) {
  const FileTree tree;
  const std::string path = tree.path("t.csv");
  write(tree, "t.csv", "a,b\n1,\"x\ny\"\n3,4\n");
  EXPECT_EQ(error_of(path, {}, 0, 16).offset_bytes, 6u);
  EXPECT_NE(error_of(path, {}, 3, 5).text.find("support_multi_line: true"), std::string::npos);
  EXPECT_NE(error_of(path, {}, 12, 17).text.find("longer when the run was planned"), std::string::npos);
  TableOptions options;
  options.support_multi_line = true;
  write(tree, "t.csv", "a,b\n1,\"x\ny\n3,4\n");
  EXPECT_EQ(error_of(path, options, 0, 15), (PieceError{path, 6, "the quoted field that is opened here has no end"}));
  EXPECT_NE(error_of(path, options, 0, 5, 5).text.find("a quote too many"), std::string::npos);
  TextMemory memory;
  const auto unknown = read_piece({path, 4, 9, unknown_quote_state}, {options}, memory, 0);
  EXPECT_EQ(std::get<PieceError>(unknown).offset_bytes, 4u);
  EXPECT_NE(std::get<PieceError>(unknown).text.find("could not be read before"), std::string::npos);

  write(tree, "t.csv", "a\nb\n\xe4\n");
  EXPECT_EQ(error_of(path, {}, 2, 6),
            (PieceError{path, 4, "this byte is no text in utf-8; correct 'encoding', or mend the file"}));
  options = {};
  options.encoding = TextEncoding::ascii;
  EXPECT_EQ(error_of(path, options, 0, 6).offset_bytes, 4u);
  options.encoding = TextEncoding::utf16;
  EXPECT_NE(error_of(path, options, 0, 6).text.find("byte order mark"), std::string::npos);
  options.encoding = TextEncoding::utf16_le;
  write(tree, "t.csv", std::string("a\0\n\0\x00\xdc\n\0", 8));
  EXPECT_EQ(error_of(path, options, 0, 8).offset_bytes, 4u);
  write(tree, "t.csv", std::string("a\0\n\0b", 5));
  EXPECT_EQ(error_of(path, options, 0, 5).offset_bytes, 4u);
  options.encoding = TextEncoding::windows_1252;
  write(tree, "t.csv", "a\nb\x81\n");
  EXPECT_EQ(error_of(path, options, 2, 5).offset_bytes, 3u);
  EXPECT_NE(error_of(tree.path("none.csv"), {}, 0, 5).text.find("none.csv"), std::string::npos);
}

TEST(PieceReader, TheRestOfAQuotedFieldThatALineBreakCutIsNoRecord) {
  const FileTree tree;
  const std::string path = tree.path("t.csv");
  // The second half has as many fields as a record, a quote of its own, or none; or the quote opens far before.
  for (const std::string rest : {"y\",2\n", "b \"\"c\"\"\",2\n", "y\ny\ny\",2\n"}) {
    const std::string first = "a,b\r\n\"q\",\"\"\r\n\"x\n", text = first + rest + "5,6\n";
    for (const char* encoding : {"UTF-8", "UTF-16LE"}) {
      const std::size_t unit = encoding[4] == '8' ? 1 : 2;
      write(tree, "t.csv", encoded(text, encoding));
      TableOptions options;
      options.encoding = unit == 1 ? TextEncoding::utf8 : TextEncoding::utf16_le;
      for (const std::size_t begin : {first.size() - 1, first.size()}) {
        const PieceError error = error_of(path, options, begin * unit, text.size() * unit);
        EXPECT_EQ(error.offset_bytes, text.find("\"x") * unit) << rest << encoding;
        EXPECT_NE(error.text.find("support_multi_line: true"), std::string::npos);
      }
    }
  }
}

TEST(PieceReader, AQuoteInsideAFieldIsTextWhereNoFieldIsOpenBefore) {
  const FileTree tree;
  const std::string path = tree.path("t.csv");
  for (const std::string& first : {std::string("a,b\n"), std::string("5\" pipe,1\n"),
                                   "\"x\"," + std::string(100'000, 'y') + "\n", std::string("1,\"x\"\n2,3\n")}) {
    const std::string text = first + "6\" pipe,2\n";
    write(tree, "t.csv", text);
    TextMemory memory;
    const auto result = read_piece({path, first.size(), text.size(), 0}, {TableOptions{}}, memory, 0);
    ASSERT_TRUE(std::holds_alternative<LoadedPiece>(result)) << std::get<PieceError>(result).text;
    EXPECT_EQ(std::get<LoadedPiece>(result).records, 1u);
  }
}

TEST(PieceReader, ACompressedFileWithAnotherNameIsNamedAsSuch) {
  const FileTree tree;
  const std::string path = tree.path("t.csv");
  for (const auto& [bytes, format] :
       std::vector<std::pair<std::string, std::string>>{{std::string("\x1f\x8b\x08\0\0\0", 6), "gzip"},
                                                        {"PK\x03\x04zzz", "zip"},
                                                        {"\xfd"
                                                         "7zXZ",
                                                         "xz"}}) {
    write(tree, "t.csv", bytes);
    EXPECT_NE(error_of(path, {}, 0, bytes.size()).text.find("compressed by " + format), std::string::npos) << format;
  }
}

TEST(PieceReader, EveryTextThatIsNotUtf8IsFoundAtItsFirstWrongByte) {
  const TextLayout utf8;
  const std::pair<std::string, std::size_t> wrong[] = {{"\x80", 0},
                                                       {"abcdefgh\xc1\x80", 8},
                                                       {"\xc3", 0},
                                                       {"ä\xe2\x82", 2},
                                                       {"\xe0\x9f\x80", 0},
                                                       {"\xed\xa0\x80", 0},
                                                       {"𝄞\xf4\x90\x80\x80", 4},
                                                       {"\xf0\x8f\x80\x80", 0},
                                                       {"\xf5\x80\x80\x80", 0}};
  for (const auto& [text, place] : wrong) EXPECT_EQ(first_wrong_byte(utf8, text), place) << text;
  EXPECT_EQ(first_wrong_byte(utf8, "abcdefghäö€𝄞 \xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf"), std::nullopt);
}

}  // namespace prs
