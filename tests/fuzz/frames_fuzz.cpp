// What a script process may send over its socket: HostChannel against a few lines that read the same frames from the
// whole. The first byte says in how large pieces the rest is sent. And what a loader's frames may hold
// (loader_wire.hpp).
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "dataset/quote_scan.hpp"
#include "fuzz_target.hpp"
#include "script/host_channel.hpp"
#include "script/loader_wire.hpp"

namespace prs::fuzz {
namespace {

struct Expected {
  std::vector<Frame> frames;
  bool is_broken = false;
};

Expected expected_of(std::string_view bytes) {
  Expected expected;
  while (bytes.size() >= frame_header_bytes) {
    Input header(bytes);
    const auto length = header.number<std::uint32_t>();
    const auto type = header.number<std::uint16_t>();
    header.number<std::uint16_t>();
    const auto number = header.number<std::uint64_t>();
    if (length > largest_frame_from_host_bytes) {
      expected.is_broken = true;
      break;
    }
    if (bytes.size() - frame_header_bytes < length) break;
    expected.frames.push_back({type, number, std::string(bytes.substr(frame_header_bytes, length)), {}});
    bytes.remove_prefix(frame_header_bytes + length);
  }
  return expected;
}

UniqueFd connect_to(const std::string& path) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  require(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "the channel listens");
  return fd;
}

void check(std::string_view bytes, std::size_t piece_bytes) {
  const Expected expected = expected_of(bytes);
  HostChannel channel;
  UniqueFd host = connect_to(channel.socket_path());
  require(channel.accept(), "the host's connection is taken");
  std::vector<Frame> frames;
  const auto receive = [&] {
    for (Frame& frame : channel.receive()) frames.push_back(std::move(frame));
  };
  while (!bytes.empty()) {
    const ssize_t sent =
        ::send(host.get(), bytes.data(), std::min(piece_bytes, bytes.size()), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
    if (channel.is_broken()) break;
    receive();
  }
  host.reset();
  while (!channel.is_at_end() && !channel.is_broken()) receive();
  require(channel.is_broken() == expected.is_broken, "only a frame that is too long is broken");
  require(std::equal(frames.begin(), frames.end(), expected.frames.begin(), expected.frames.end(),
                     [](const Frame& a, const Frame& b) {
                       return a.type == b.type && a.number == b.number && a.payload == b.payload;
                     }),
          "the frames come out as they were sent");
}

template <typename Read, typename Write>
void check_payload(std::string_view payload, const Read& read, const Write& write, const char* property) {
  try {
    require(write(read(payload)) == payload, property);
  } catch (const std::out_of_range&) {
  }
}

/// What stands in the frames of a loader, and in those to it.
void check_loader_payloads(std::string_view payload) {
  check_payload(payload, items_of_load, load_bytes, "a load is refused or the same again");
  check_payload(payload, order_of_scan, scan_bytes, "a scan is refused or the same again");
  check_payload(payload, size_of_loaded, loaded_bytes, "what was loaded is refused or the same again");
  check_payload(payload, table_of_described, described_bytes, "what was described is refused or the same again");
  if (payload.size() <= 16 << 10)  // longer texts are cut
    check_payload(
        payload, scanned_pieces_of, [](const ScannedPieces& scanned) { return to_bytes(scanned); },
        "what was scanned is refused or the same again");
  if (payload.size() <= 64 << 10)
    check_payload(payload, failure_of_load, load_failed_bytes, "a failure is refused or the same again");
}

}  // namespace
}  // namespace prs::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece_bytes = data[0] == 0 ? 1 << 16 : data[0] * std::size_t{7};
  prs::fuzz::check(prs::fuzz::text_of(data + 1, size - 1), piece_bytes);
  prs::fuzz::check_loader_payloads(prs::fuzz::text_of(data, size));
  return 0;
}
