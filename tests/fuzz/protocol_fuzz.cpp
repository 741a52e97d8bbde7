// The messages between ranks, and what travels inside them: the configuration and a share of the assembly.
// The first byte says which; the rest is the message.
#include <stdexcept>

#include "config/run_config.hpp"
#include "farm/protocol.hpp"
#include "fuzz_target.hpp"
#include "output/assembly.hpp"
#include "support/errors.hpp"

namespace prs::fuzz {
namespace {

/// A message is read to a value or refused, and what was read goes through bytes unchanged.
template <typename Parse>
void check(Parse parse, std::string_view bytes) {
  using protocol::to_bytes;
  using prs::to_bytes;
  std::string first;
  try {
    first = to_bytes(parse(bytes));
  } catch (const std::out_of_range&) {
    return;
  } catch (const InfrastructureError&) {
    return;
  }
  require(to_bytes(parse(first)) == first, "a value goes through bytes unchanged");
}

/// Messages of one plain value. Each is looked at, so that the sanitizers see what was read.
template <typename Value, typename Look>
void check_plain(std::string_view bytes, Look look) {
  try {
    look(protocol::plain_value<Value>(bytes));
  } catch (const std::out_of_range&) {
  }
}

void check_plain_values(std::string_view bytes) {
  volatile bool seen = false;
  check_plain<bool>(bytes, [&](bool is_ready) { seen = is_ready; });
  check_plain<protocol::Signal>(bytes, [&](const protocol::Signal& signal) { seen = signal.number > signal.count; });
  check_plain<protocol::CallBack>(bytes, [&](const protocol::CallBack& call_back) { seen = call_back.keep > 0; });
  check_plain<protocol::Close>(bytes, [&](const protocol::Close& close) {
    seen = close.is_healthy;
    seen = close.is_in_trouble;
    seen = close.limit_seconds > 0;
    seen = close.farm > 0;
  });
  check_plain<protocol::PartFileToMake>(bytes,
                                        [&](const protocol::PartFileToMake& file) { seen = file.index < file.count; });
}

void check_message(std::uint8_t kind, std::string_view bytes) {
  using namespace protocol;
  switch (kind % 10) {
    case 0:
      return check(start_of, bytes);
    case 1:
      return check(work_of, bytes);
    case 2:
      return check(report_of, bytes);
    case 3:
      return check(mini_batches_of, bytes);
    case 4:
      return check(failure_of, bytes);
    case 5:
      return check([](std::string_view text) { return run_config_of(std::string(text)); }, bytes);
    case 6:
      return check(assembly_share_of, bytes);
    case 7:
      return check(leave_of, bytes);
    case 9:
      return check(assembled_of, bytes);
    default:
      return check_plain_values(bytes);
  }
}

}  // namespace
}  // namespace prs::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 0) prs::fuzz::check_message(data[0], prs::fuzz::text_of(data + 1, size - 1));
  return 0;
}
