#include "loader/piece_records.hpp"

#include <fcntl.h>

#include <stdexcept>
#include <string>
#include <string_view>

#include "support/posix_io.hpp"

namespace prs {
namespace {

constexpr std::size_t block_bytes = 1 << 20;

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

/// Hands on the lines of a file from `begin` on, each with its line end.
class Lines {
 public:
  Lines(const std::string& path, std::uint64_t begin)
      : path_(path), file_(open_file(path, O_RDONLY)), at_(begin), read_to_(begin) {}

  /// The next line; empty at the file's end. Holds until the next call.
  std::string_view next() {
    std::size_t end = text_.find('\n', used_);
    while (end == std::string::npos && read_more()) end = text_.find('\n', used_);
    const std::size_t length = (end == std::string::npos ? text_.size() : end + 1) - used_;
    const std::string_view line = std::string_view(text_).substr(used_, length);
    used_ += length;
    at_ += length;
    return line;
  }
  /// Where the next line begins in the file.
  std::uint64_t at() const { return at_; }

 private:
  bool read_more() {
    text_.erase(0, used_);
    used_ = 0;
    const std::size_t have = text_.size();
    text_.resize(have + block_bytes);
    const std::size_t got = pread_some(file_.get(), std::span(text_).subspan(have), read_to_, path_);
    text_.resize(have + got);
    read_to_ += got;
    return got > 0;
  }

  const std::string& path_;
  UniqueFd file_;
  std::string text_;
  std::size_t used_ = 0;
  std::uint64_t at_, read_to_;
};

std::uint64_t append_piece(const TablePiece& piece, bool has_header, TableMemory& memory) {
  std::uint64_t count = 0;
  std::string records;
  Lines lines(piece.path, piece.begin > 0 ? piece.begin - 1 : 0);
  if (piece.begin > 0 || has_header) lines.next();  // the end of the line before, or the header
  while (lines.at() < piece.end) {
    const std::string_view line = lines.next();
    if (line.empty()) break;
    if (is_blank(line)) continue;
    records += line;
    if (line.back() != '\n') records += '\n';
    ++count;
    if (records.size() < block_bytes) continue;
    memory.append(records);
    records.clear();
  }
  memory.append(records);
  return count;
}

}  // namespace

std::uint32_t append_records(const TableItems& items, const TableOptions& options, TableMemory& memory) {
  const bool is_utf8 = options.encoding == TextEncoding::utf8 || options.encoding == TextEncoding::ascii;
  if (!is_text(options.format) || !is_utf8)
    throw std::runtime_error(std::string(name_of(options.format)) + " in " + std::string(name_of(options.encoding)) +
                             " cannot be read yet");
  const bool has_header = options.format == TableFormat::delimited && options.header != HeaderMode::no_header;
  std::uint64_t count = 0;
  for (const TablePiece& piece : items.pieces) count += append_piece(piece, has_header, memory);
  if (count > UINT32_MAX)
    throw std::runtime_error(name_of(items.pieces.front()) +
                             " has more than 4294967295 records; a smaller "
                             "mini_batch_size is needed");
  return static_cast<std::uint32_t>(count);
}

}  // namespace prs
