// The result ring and the control page, in which the user's code may write anything. An input is a list of steps: the
// host's stray writes, and what the worker does in between.
#include <algorithm>
#include <vector>

#include "fuzz_target.hpp"
#include "script/result_ring.hpp"

namespace prs::fuzz {
namespace {

/// The shared memory, on the heap, so that AddressSanitizer sees what reaches beyond it. The host's side.
class Memory {
 public:
  Memory() : bytes_(control_bytes + ring_bytes) {}
  std::span<std::byte> bytes() { return bytes_; }
  std::uint64_t& word(std::size_t number) { return reinterpret_cast<std::uint64_t*>(bytes_.data())[number]; }
  std::uint64_t& word(ControlWord name) { return word(static_cast<std::size_t>(name)); }
  std::string_view ring() const { return {reinterpret_cast<const char*>(bytes_.data()) + control_bytes, ring_bytes}; }

  /// Puts bytes where the host writes next.
  void put(std::string_view text) {
    for (const char byte : text) {
      const std::size_t at = control_bytes + at_++ % ring_bytes;
      bytes_[at] = static_cast<std::byte>(byte);
      touched_.push_back(at);
    }
  }
  void put_record(RecordKind kind, std::uint16_t status, std::string_view body) {
    const auto body_bytes = static_cast<std::uint32_t>(body.size());
    put({reinterpret_cast<const char*>(&body_bytes), sizeof body_bytes});
    put({reinterpret_cast<const char*>(&kind), sizeof kind});
    put({reinterpret_cast<const char*>(&status), sizeof status});
    put(body);
    at_ = (at_ + 7) & ~std::uint64_t{7};
  }
  /// Goes on without writing: what lies there is zeros.
  void skip(std::uint64_t bytes) { at_ += bytes; }
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
    require(text.empty() || (text.data() >= ring.data() && text.data() + text.size() <= ring.data() + ring.size()),
            "what a record names lies in the ring");
    bytes += text.size();
    for (const char byte : text.substr(0, 64)) sum += static_cast<unsigned char>(byte);
  }
  require(bytes <= ring_bytes && sum < UINT64_MAX, "a record fits into the ring");
  require(record.kind != RecordKind::pad, "a pad is passed over");
}

void check_reading(Memory& memory, ResultRing& ring, std::size_t most) {
  ResultRecord record;
  for (std::size_t i = 0; i < most; ++i) {
    if (ring.next(record) != ResultRing::Reading::record) return;
    check_record(memory, record);
  }
}

/// Lets the writer begin near the ring's end, so that records come to it.
void move_to(Memory& memory, ResultRing& ring, std::uint64_t bytes_before_end) {
  if (bytes_before_end == 0) return;
  const std::uint64_t start = ring_bytes - bytes_before_end * 8;
  const std::uint32_t body_bytes = static_cast<std::uint32_t>(start - record_header_bytes);
  const RecordKind kind = RecordKind::chunk;
  memory.put({reinterpret_cast<const char*>(&body_bytes), sizeof body_bytes});
  memory.put({reinterpret_cast<const char*>(&kind), sizeof kind});
  memory.skip(start - 6);
  memory.word(ControlWord::published) = start;
  ResultRecord record;
  require(ring.next(record) == ResultRing::Reading::record && record.row_bytes.size() == body_bytes,
          "a record that is whole is read");
  ring.release();
}

/// One step of the input.
void step(Input& input, Memory& memory, ResultRing& ring) {
  switch (input.number<std::uint8_t>() % 8) {
    case 0: {
      const auto kind = static_cast<RecordKind>(input.number<std::uint8_t>());
      const std::uint16_t status = input.number<std::uint8_t>();
      memory.put_record(kind, status, input.text(input.number<std::uint8_t>()));
      memory.word(ControlWord::published) = memory.written();
      return;
    }
    case 1:
      return memory.put(input.text(input.number<std::uint8_t>()));
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
  move_to(memory, ring, input.number<std::uint8_t>());
  while (!input.is_empty()) step(input, memory, ring);
  check_reading(memory, ring, SIZE_MAX);
  ring.release();
  ring.stop_after_last_result();
  check_reading(memory, ring, SIZE_MAX);
  return 0;
}
