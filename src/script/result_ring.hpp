#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>

#include "script/host_wire.hpp"

namespace prs {

/// What the host says about itself in the control page.
struct RunningNow {
  std::uint64_t sequence = 0;
  HostPhase phase = HostPhase::idle;
  std::uint64_t since_nanoseconds = 0;  ///< monotonic; as the host wrote it, so not to be trusted
};

/// One record of the ring. The views point into shared memory and hold until release().
struct ResultRecord {
  RecordKind kind{};
  std::uint16_t status = 0;  ///< a TryStatus
  std::uint64_t sequence = 0, rows = 0, process_nanoseconds = 0, run_nanoseconds = 0;
  std::string_view columns, category, message, detail;
  std::string_view row_bytes;
};

/// The worker's side of the control page and the result ring (host_wire.hpp). It believes nothing that it reads:
/// whatever a stray write leaves there, it answers "broken" and touches nothing outside the ring.
class ResultRing {
 public:
  explicit ResultRing(std::span<std::byte> shared_memory);

  enum class Reading { record, nothing, broken };
  /// The next record, pads passed over. It stays in the ring until release().
  Reading next(ResultRecord& record);
  /// The host may use the room of all that next() gave.
  void release();
  /// All that next() has gone past.
  std::uint64_t read_bytes() const { return at_; }
  /// Bytes that are published and not yet released.
  std::uint64_t unread_bytes() const;
  /// All that was published so far.
  std::uint64_t published_bytes() const { return load(ControlWord::published); }
  /// After the host's death: from here on next() ends after the last whole result, before the rows of a try that has
  /// none.
  void stop_after_last_result();

  RunningNow running() const;
  bool has_ever_run() const { return load(ControlWord::running) != 0; }
  bool is_waiting_for_space() const;
  /// Tells the host to give back the tasks of [from, to) that it has not started; returns what it has started by then:
  /// everything later than `running().sequence` is certain to come back (Dekker: each side writes, then reads the
  /// other).
  RunningNow recall(std::uint64_t from, std::uint64_t to);

 private:
  std::uint64_t load(ControlWord word, std::memory_order order = std::memory_order_acquire) const;
  void store(ControlWord word, std::uint64_t value) const;
  bool parse(std::size_t offset, std::uint64_t available, ResultRecord& record, std::size_t& total_bytes) const;
  bool parse_texts(std::string_view body, ResultRecord& record) const;

  std::uint64_t* words_;
  const char* ring_;
  std::uint64_t at_ = 0;  ///< read so far
  std::uint64_t released_ = 0;
  std::uint64_t end_ = 0;  ///< the last value of `published` that was seen
  bool is_frozen_ = false;
};

}  // namespace prs
