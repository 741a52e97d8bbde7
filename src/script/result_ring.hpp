#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "script/host_wire.hpp"
#include "support/clock.hpp"

namespace prs {

/// What the host says about itself in the control page.
struct RunningNow {
  std::uint64_t sequence = 0;
  HostPhase phase = HostPhase::idle;
  std::uint64_t since_nanoseconds = 0;  ///< monotonic; as the host wrote it, so not to be trusted
};

/// One record of the ring, copied out of the shared memory. The views hold until the next call of next().
struct ResultRecord {
  RecordKind kind{};
  std::uint16_t status = 0;  ///< a TryStatus
  std::uint64_t sequence = 0;
  std::uint64_t rows = 0;                               ///< at most `most_rows`
  std::chrono::nanoseconds process_time{}, run_time{};  ///< not negative; else as the host wrote them, unchecked
  std::string_view columns, category, message, detail;
  std::string_view row_bytes;
};

/// A script may return an object that says of itself that it has any length; sums of these stay sums.
inline constexpr std::uint64_t most_rows = std::uint64_t{1} << 40;

/// What a record's check must be (host_wire.hpp). `place`: bytes of records before it, since ever.
std::uint64_t record_check(RecordKind kind, std::uint16_t status, std::uint64_t place, std::string_view body);

/// The worker's side of the control page and the result ring (host_wire.hpp). It believes nothing that it reads: a
/// record is given as the host published it, or not at all; whatever a stray write leaves there, it answers "broken"
/// and touches nothing outside the ring.
class ResultRing {
 public:
  /// The control page and the ring behind it, whose size is a power of two.
  explicit ResultRing(std::span<std::byte> shared_memory);

  enum class Reading { record, nothing, broken };
  /// The next record, pads passed over. Its room is taken until release().
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
  bool is_waiting_for_space() const { return load(ControlWord::host_waits) != 0; }
  /// How long the running task has waited for room so far, as the host says: any number where that was overwritten.
  std::uint64_t blocked_nanoseconds(TimePoint now) const;
  /// Tells the host to give back the tasks of [from, to) that it has not started; returns what it has started by then:
  /// everything later than `running().sequence` is certain to come back (Dekker: each side writes, then reads the
  /// other).
  RunningNow recall(std::uint64_t from, std::uint64_t to);

 private:
  std::uint64_t load(ControlWord word) const;
  void store(ControlWord word, std::uint64_t value) const;
  std::size_t take(std::uint64_t available, ResultRecord& record);
  bool parse(std::string_view body, ResultRecord& record) const;
  bool parse_texts(std::string_view body, ResultRecord& record) const;

  std::uint64_t* words_;
  std::span<const char> ring_;
  std::string body_;      ///< of the last record
  std::uint64_t at_ = 0;  ///< read so far
  std::uint64_t released_ = 0;
  std::uint64_t end_ = 0;  ///< the last value of `published` that was seen
  bool is_frozen_ = false;
};

}  // namespace prs
