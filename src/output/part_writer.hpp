#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/outcome.hpp"
#include "model/row_sink.hpp"
#include "support/checksum.hpp"
#include "support/io_thread.hpp"

namespace prs {

/// One worker's part file: the rows of its tries one after the other (docs/design.md, "Rows and ledger"). Made anew
/// (O_EXCL) at each start, so what lies in it and is in no ledger record is garbage by definition. Gathers small rows;
/// writes through the I/O thread. A try of any size may come in pieces: from 256 KiB on it is passed on while it grows,
/// and the caller keeps memory bounded by waiting while io.backlog_bytes() is large.
class PartWriter final : public RowSink {
 public:
  /// Makes the file. Throws InfrastructureError.
  PartWriter(IoThread& io, const std::string& path, std::uint32_t part);
  void add(std::string_view rows) override;
  Stretch end_try() override;
  /// Hands what is gathered to the I/O thread. The ticket of the last byte: rows are in the file once io.written()
  /// reaches it.
  std::uint64_t submit();

 private:
  /// The gathered bytes of the current try.
  std::string_view gathered_of_try() const { return std::string_view(gathered_).substr(try_begin_); }
  void hand_over();

  IoThread& io_;
  IoThread::FileId file_;
  std::uint32_t part_;
  std::uint64_t offset_bytes_ = 0;  ///< where the current try begins in the file
  std::uint64_t length_bytes_ = 0;  ///< of the current try, handed over or not
  std::string gathered_;
  std::size_t try_begin_ = 0;           ///< where the current try, or what is left of it, begins in `gathered_`
  bool is_partly_handed_over_ = false;  ///< then `checksum_` has seen what is
  std::uint64_t ticket_ = 0;
  RunningChecksum checksum_;
};

}  // namespace prs
