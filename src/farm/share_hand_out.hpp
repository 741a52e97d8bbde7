#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "farm/protocol.hpp"
#include "farm/transport.hpp"
#include "model/ids.hpp"
#include "report/report.hpp"

namespace prs {

/// Who does which share of a work: of writing the output, of making part files of it, or of counting quotes before the
/// first hand-out. Each worker takes one after the other until none is left. What a lost worker had is done once more
/// by another one; of the output it is written to the same place. Rank 0's.
class ShareHandOut {
 public:
  /// The bytes of the next part of that share, empty when it has no more.
  using ShareOf = std::function<std::string(std::size_t index, std::size_t step)>;
  /// That part is written and synced, and all its rows are as they should be.
  using ShareWritten = std::function<void(std::size_t index, std::size_t step)>;
  /// The share is counted, with this answer.
  using ShareSurveyed = std::function<void(std::size_t index, std::string_view answer)>;

  ShareHandOut(Transport& transport, int ranks) : transport_(transport), workers_(static_cast<std::size_t>(ranks)) {}

  /// `is_out`: the worker is lost.
  using IsOut = std::function<bool(int rank)>;
  /// The output is written.
  void begin(const ShareOf& share, const ShareWritten& written, std::size_t shares, IsOut is_out);
  /// Part files are made of it. A share is one of them, and has no parts.
  void begin_part_files(const ShareOf& part_file, std::size_t part_files, IsOut is_out);
  /// Quotes are counted. A share has no parts.
  void begin_survey(const ShareOf& share, const ShareSurveyed& surveyed, std::size_t shares, IsOut is_out);
  /// From now on no share is known any more.
  void end();
  bool is_going_on() const { return share_of_ != nullptr; }
  bool has(int rank) const { return workers_[static_cast<std::size_t>(rank)].has_value(); }
  /// Nobody writes.
  bool is_idle() const { return busy_ == 0; }
  /// All shares are taken, and so written or damaged.
  bool is_whole() const;

  /// For people: whoever has the output written knows it.
  void set_assembled(const AssembledBytes& bytes) { assembled_ = bytes; }
  const AssembledBytes& assembled() const { return assembled_; }

  void on_assembled(int from, const protocol::Assembled& assembled);
  void on_surveyed(int from, std::string_view answer);
  /// Whoever writes a share ends with the block that it is at, and answers; nothing more is handed out.
  void stop();
  bool is_stopped() const { return is_stopped_; }
  /// Somebody else writes on where a lost worker was.
  void give_away(int lost);
  /// The mini-batches whose rows are damaged, in order.
  std::vector<MiniBatchIndex> take_damaged();

 private:
  struct Share {
    std::size_t next_step = 0;
    bool is_taken = false;  ///< by a worker, or over
  };
  void begin(protocol::Tag tag, const ShareOf& share, std::size_t shares, IsOut is_out);
  void send_next(int rank);
  /// The worker does no share any more.
  void free(int rank);

  Transport& transport_;
  std::vector<std::optional<std::size_t>> workers_;  ///< by rank: the share that it does
  protocol::Tag tag_ = protocol::Tag::assemble;      ///< of the message with a share
  ShareOf share_of_;
  ShareWritten share_written_;
  ShareSurveyed share_surveyed_;
  IsOut is_out_;
  std::vector<Share> shares_;
  std::size_t first_free_ = 0;  ///< all shares before it are taken
  std::vector<MiniBatchIndex> damaged_;
  std::size_t busy_ = 0;  ///< workers that do a share
  bool is_stopped_ = false;
  AssembledBytes assembled_;
};

}  // namespace prs
