#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace prs {

/// Why a piece of a table could not be read: for people.
struct PieceError {
  std::string path;
  std::uint64_t offset_bytes = 0;  ///< in the file; of a compressed one, in its text
  std::string text;
  bool operator==(const PieceError&) const = default;
};

/// The text of a file from some place on to its end, a stretch at a time.
class TextSource {
 public:
  virtual ~TextSource() = default;
  /// Fewer bytes than asked for only at the end. Throws PieceError.
  virtual std::size_t read(std::span<char> buffer) = 0;
};

/// The bytes of the file itself from `offset_bytes` on. Throws PieceError.
std::unique_ptr<TextSource> open_plain(const std::string& path, std::uint64_t offset_bytes);
/// What is compressed in a .gz, .bz2 or .zst file, its parts one behind the other. Throws PieceError.
std::unique_ptr<TextSource> open_compressed(const std::string& path);

}  // namespace prs
