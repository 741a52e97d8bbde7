#include <algorithm>
#include <unordered_set>

#include "output/assembly.hpp"
#include "output/block_writer.hpp"
#include "output/part_reader.hpp"
#include "support/checksum.hpp"
#include "support/errors.hpp"

namespace prs {
namespace {

constexpr std::size_t small_bytes =
    64 << 10;  ///< up to here a stretch goes through a window, else straight into the block

std::size_t count_parts(const AssemblyShare& share) {
  std::unordered_set<std::uint32_t> parts;
  for (const Piece& piece : share.pieces) parts.insert(piece.stretch.part);
  return parts.size();
}

/// Copies the pieces of one share; what of a piece lies outside the share is only verified.
class ShareWriter {
 public:
  ShareWriter(const AssemblyShare& share, const std::string& file,
              const std::function<std::string(std::uint32_t)>& part_path, const std::function<void()>& tick)
      : share_(share),
        tick_(tick),
        parts_(part_path, count_parts(share)),
        blocks_(file, share.pieces.empty() ? share.begin_bytes : own_begin(share.pieces.front()), tick) {}

  std::vector<MiniBatchIndex> write() {
    std::vector<MiniBatchIndex> bad;
    for (const Piece& piece : share_.pieces) {
      PRS_INVARIANT(blocks_.position() == own_begin(piece) && own_begin(piece) <= own_end(piece));
      if (!(piece.stretch.length_bytes <= small_bytes ? copy_small(piece) : copy_large(piece)))
        bad.push_back(piece.mini_batch);
    }
    blocks_.finish();
    return bad;
  }

 private:
  std::uint64_t own_begin(const Piece& piece) const { return std::max(piece.final_offset_bytes, share_.begin_bytes); }
  std::uint64_t own_end(const Piece& piece) const {
    return std::min(piece.final_offset_bytes + piece.stretch.length_bytes, share_.end_bytes);
  }

  bool copy_small(const Piece& piece) {
    const std::uint64_t own_bytes = own_end(piece) - own_begin(piece);
    const auto bytes = parts_.view(piece.stretch);
    if (!bytes || checksum_of(*bytes) != piece.stretch.checksum) {
      blocks_.skip(own_bytes);
      return false;
    }
    blocks_.append(bytes->substr(static_cast<std::size_t>(own_begin(piece) - piece.final_offset_bytes),
                                 static_cast<std::size_t>(own_bytes)));
    return true;
  }

  bool copy_large(const Piece& piece) {
    const std::uint64_t first = own_begin(piece) - piece.final_offset_bytes;
    const std::uint64_t last = own_end(piece) - piece.final_offset_bytes;
    checksum_.reset();
    std::uint64_t done = 0;
    while (done < piece.stretch.length_bytes) {
      const bool is_own = done >= first && done < last;
      const std::uint64_t end = done < first ? first : is_own ? last : piece.stretch.length_bytes;
      std::span<char> to = is_own ? blocks_.room() : scratch();
      to = to.first(static_cast<std::size_t>(std::min<std::uint64_t>(to.size(), end - done)));
      if (!parts_.read(piece.stretch.part, piece.stretch.offset_bytes + done, to)) {
        if (done < last) blocks_.skip(last - std::max(done, first));
        return false;
      }
      checksum_.add({to.data(), to.size()});
      done += to.size();
      if (is_own)
        blocks_.advance(to.size());
      else if (tick_)
        tick_();
    }
    return checksum_.value() == piece.stretch.checksum;
  }

  std::span<char> scratch() {
    if (scratch_.empty()) scratch_.resize(1 << 20);
    return scratch_;
  }

  const AssemblyShare& share_;
  const std::function<void()>& tick_;
  PartReader parts_;
  BlockWriter blocks_;
  RunningChecksum checksum_;
  std::vector<char> scratch_;
};

}  // namespace

std::vector<MiniBatchIndex> write_share(const AssemblyShare& share, const std::string& file,
                                        const std::function<std::string(std::uint32_t)>& part_path,
                                        const std::function<void()>& tick) {
  return ShareWriter(share, file, part_path, tick).write();
}

}  // namespace prs
