#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "dataset/growing_memory.hpp"
#include "dataset/record_scanner.hpp"
#include "dataset/text_encoding.hpp"
#include "dataset/text_source.hpp"

namespace prs {

/// A place in the text of one file that goes forward, reading as it goes. Keeps all that it went through, in the bytes
/// of the file. All places are bytes of the file, and multiples of the code unit.
class TextCursor {
 public:
  /// Ends every wait for a place: no file is as long.
  static constexpr std::uint64_t no_end = UINT64_MAX;

  /// What is read goes to `memory`, behind its first `front_bytes`.
  TextCursor(GrowingMemory& memory, std::size_t front_bytes) : memory_(memory), front_bytes_(front_bytes) {}
  void open(std::unique_ptr<TextSource> source, std::uint64_t begin);
  void set_layout(const TextLayout& layout) { layout_ = layout; }

  /// Reads, where there are not yet `bytes` before the cursor, and returns what there is.
  std::string_view ahead(std::size_t bytes);
  void pass(std::size_t bytes) { at_ += bytes; }
  /// Lets the scanner go through the text up to the place `end`. False where the file ends before.
  bool scan(RecordScanner& scanner, std::uint64_t end);
  /// Lets it go to where the next line begins. False where the file ends before that is certain.
  bool scan_line(RecordScanner& scanner, std::uint64_t end);

  /// Lets go of what was gone through: the kept text begins at the cursor.
  void forget();

  std::uint64_t place() const { return begin_ + at_; }
  /// The text from that place to the cursor.
  std::string_view since(std::uint64_t place) const { return {data_ + (place - begin_), begin_ + at_ - place}; }
  /// Read and not gone through: behind the end of the last line, or half a code unit at the end of the file.
  std::size_t ahead_bytes() const { return filled_ - at_; }

 private:
  bool read_more(std::uint64_t end);
  /// Whole code units before the cursor, one byte each, of which the file has `end`. Reads where there are none.
  std::string_view units_to(std::uint64_t end);

  GrowingMemory& memory_;
  std::size_t front_bytes_;
  std::unique_ptr<TextSource> source_;
  TextLayout layout_;
  std::uint64_t begin_ = 0;  ///< the place of the first byte that is kept
  char* data_ = nullptr;
  std::size_t filled_ = 0, at_ = 0;
  std::string units_;  ///< of UTF-16
};

}  // namespace prs
