// The result ring and the control page, in which the user's code may write anything. An input is a list of steps:
// records of the host with the checks that they must have, stray writes, and what the worker does in between.
#include <algorithm>
#include <string>
#include <vector>

#include "fuzz_target.hpp"
#include "script/result_ring.hpp"

namespace prs::fuzz {
namespace {

constexpr std::size_t small_ring_bytes = 1024;  ///< so that steps come to its end soon, and again and again

/// The shared memory, on the heap, so that AddressSanitizer sees what reaches beyond it. The host's side.
class Memory {
 public:
  Memory() : bytes_(control_bytes + small_ring_bytes) {}
  std::span<std::byte> bytes() { return bytes_; }
  std::uint64_t& word(std::size_t number) { return reinterpret_cast<std::uint64_t*>(bytes_.data())[number]; }
  std::uint64_t& word(ControlWord name) { return word(static_cast<std::size_t>(name)); }
  std::string_view ring() const {
    return {reinterpret_cast<const char*>(bytes_.data()) + control_bytes, small_ring_bytes};
  }

  /// Puts bytes where the host writes next.
  void put(std::string_view text) {
    overwrite(at_, text);
    at_ += text.size();
  }
  /// A record as the host makes it, behind a pad where it would cross the ring's end.
  void put_record(RecordKind kind, std::uint16_t status, std::string_view body) {
    at_ = (at_ + 15) & ~std::uint64_t{15};
    const std::size_t rest = small_ring_bytes - at_ % small_ring_bytes;
    if (rest < record_header_bytes + body.size() && kind != RecordKind::pad)
      put_record(RecordKind::pad, 0, std::string(rest - record_header_bytes, 'p'));
    const auto body_bytes = static_cast<std::uint32_t>(body.size());
    const std::uint64_t check = record_check(kind, status, at_, body);
    put({reinterpret_cast<const char*>(&body_bytes), sizeof body_bytes});
    put({reinterpret_cast<const char*>(&kind), sizeof kind});
    put({reinterpret_cast<const char*>(&status), sizeof status});
    put({reinterpret_cast<const char*>(&check), sizeof check});
    put(body);
    at_ = (at_ + 15) & ~std::uint64_t{15};
  }
  /// A stray write.
  void overwrite(std::size_t from, std::string_view text) {
    for (const char byte : text) {
      const std::size_t at = control_bytes + from++ % small_ring_bytes;
      bytes_[at] = static_cast<std::byte>(byte);
      touched_.push_back(at);
    }
  }
  std::uint64_t written() const { return at_; }

  void clear() {
    for (const std::size_t at : touched_) bytes_[at] = {};
    std::fill_n(bytes_.begin(), control_bytes, std::byte{});
    touched_.clear();
    at_ = 0;
  }

 private:
  std::vector<std::byte> bytes_;
  std::vector<std::size_t> touched_;
  std::uint64_t at_ = 0;
};

void check_record(const Memory& memory, const ResultRecord& record) {
  const std::string_view ring = memory.ring();
  std::size_t bytes = 0;
  std::uint64_t sum = 0;
  for (const std::string_view text :
       {record.columns, record.category, record.message, record.detail, record.row_bytes}) {
    require(text.empty() || text.data() + text.size() <= ring.data() || text.data() >= ring.data() + ring.size(),
            "what a record names is a copy, which no stray write can change");
    bytes += text.size();
    for (const char byte : text.substr(0, 64)) sum += static_cast<unsigned char>(byte);
  }
  require(bytes <= small_ring_bytes && sum < UINT64_MAX, "a record fits into the ring");
  require(record.kind != RecordKind::pad, "a pad is passed over");
  require(record.rows <= most_rows, "rows of many tries can be added");
  require(record.process_time.count() >= 0 && record.run_time.count() >= 0, "no time is negative");
}

void check_reading(Memory& memory, ResultRing& ring, std::size_t most) {
  ResultRecord record;
  for (std::size_t i = 0; i < most; ++i) {
    if (ring.next(record) != ResultRing::Reading::record) return;
    check_record(memory, record);
  }
}

/// One step of the input.
void step(Input& input, Memory& memory, ResultRing& ring) {
  switch (input.number<std::uint8_t>() % 9) {
    case 0: {
      const auto kind = static_cast<RecordKind>(input.number<std::uint8_t>());
      const std::uint16_t status = input.number<std::uint8_t>();
      memory.put_record(kind, status, input.text(input.number<std::uint8_t>()));
      memory.word(ControlWord::published) = memory.written();
      return;
    }
    case 1:
      return memory.put(input.text(input.number<std::uint8_t>()));
    case 7: {
      const std::size_t from = input.number<std::uint16_t>();
      return memory.overwrite(from, input.text(input.number<std::uint8_t>()));
    }
    case 2:
      memory.word(ControlWord::published) += static_cast<std::uint64_t>(input.number<std::int32_t>());
      return;
    case 3: {
      const std::size_t number = input.number<std::uint8_t>() % 24;
      memory.word(number) = input.number<std::uint64_t>();
      return;
    }
    case 4:
      return check_reading(memory, ring, input.number<std::uint8_t>());
    case 5:
      return ring.release();
    case 6: {
      const RunningNow running = ring.recall(input.number<std::uint8_t>(), input.number<std::uint8_t>());
      require(running.phase <= HostPhase::running, "a phase is one of ours");
      return;
    }
    default:
      ring.stop_after_last_result();
      return check_reading(memory, ring, SIZE_MAX);
  }
}

}  // namespace
}  // namespace prs::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace prs::fuzz;
  static Memory memory;
  memory.clear();
  prs::ResultRing ring(memory.bytes());
  Input input(text_of(data, size));
  while (!input.is_empty()) step(input, memory, ring);
  check_reading(memory, ring, SIZE_MAX);
  ring.release();
  ring.stop_after_last_result();
  check_reading(memory, ring, SIZE_MAX);
  return 0;
}
