#include "loader/loader.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "loader/load.hpp"
#include "script/loader_wire.hpp"
#include "support/errors.hpp"
#include "support/framed_socket.hpp"

namespace prs {
namespace {

/// Much shorter than any time limit.
constexpr std::chrono::milliseconds scanning_interval{100};

class Loader {
 public:
  explicit Loader(UniqueFd connection) { socket_.connect(std::move(connection)); }

  void serve() {
    while (!socket_.is_at_end() && !socket_.is_broken()) {
      pollfd waited = socket_.poll_fd();
      ::poll(&waited, 1, -1);
      for (const Frame& frame : socket_.receive()) take(frame);
    }
  }

 private:
  void take(const Frame& frame) {
    switch (static_cast<LoaderFrame>(frame.type)) {
      case LoaderFrame::setup:
        inputs_ = inputs_of_loader_setup(frame.payload);
        return answer(LoaderFrame::ready, 0, {});
      case LoaderFrame::load:
        return load(frame);
      case LoaderFrame::scan:
        return scan(frame);
      case LoaderFrame::describe:
        return describe(frame);
      default:
        PRS_INVARIANT(false && "a worker sends only frames to a loader");
    }
  }

  void load(const Frame& frame) {
    const TableItems items = items_of_load(frame.payload);
    std::variant<Load, Failure> result = load_table(items, inputs_.at(items.input), memory_);
    if (auto* const load = std::get_if<Load>(&result))
      answer(LoaderFrame::loaded, frame.number, loaded_bytes(load->size), std::move(load->memory));
    else
      answer(LoaderFrame::load_failed, frame.number, load_failed_bytes(std::get<Failure>(result)));
  }

  void scan(const Frame& frame) {
    const QuoteScanOrder order = order_of_scan(frame.payload);
    std::chrono::steady_clock::time_point told = std::chrono::steady_clock::now();
    const auto tell = [&] {
      if (std::chrono::steady_clock::now() - told < scanning_interval) return;
      answer(LoaderFrame::scanning, frame.number, {});
      told = std::chrono::steady_clock::now();
    };
    answer(LoaderFrame::scanned, frame.number, to_bytes(scan_table(order, inputs_.at(order.items.input), tell)));
  }

  void describe(const Frame& frame) {
    const TableItems items = items_of_load(frame.payload);
    const std::variant<DescribedTable, Failure> result =
        describe_table(items.pieces.at(0).path, inputs_.at(items.input));
    if (const auto* const table = std::get_if<DescribedTable>(&result))
      answer(LoaderFrame::described, frame.number, described_bytes(*table));
    else
      answer(LoaderFrame::load_failed, frame.number, load_failed_bytes(std::get<Failure>(result)));
  }

  /// A worker that does not read is waited for; one that is gone is found by serve().
  void answer(LoaderFrame type, std::uint64_t number, std::string_view payload, UniqueFd memory = UniqueFd()) {
    socket_.queue({static_cast<std::uint16_t>(type), number, payload, std::move(memory)});
    for (socket_.flush(); socket_.has_unsent(); socket_.flush()) {
      pollfd waited{socket_.poll_fd().fd, POLLOUT, 0};
      ::poll(&waited, 1, -1);
    }
  }

  FramedSocket socket_{{largest_frame_to_loader_bytes}};
  std::vector<TableOptions> inputs_;
  TableMemory memory_;
};

}  // namespace

UniqueFd connect_to_worker(const std::string& socket_path) {
  UniqueFd connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path.size() >= sizeof address.sun_path)
    throw system_error("cannot connect to the worker", socket_path, ENAMETOOLONG);
  std::memcpy(address.sun_path, socket_path.c_str(), socket_path.size() + 1);
  if (!connection || ::connect(connection.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw system_error("cannot connect to the worker", socket_path, errno);
  return connection;
}

void serve_loads(UniqueFd connection) {
  Loader(std::move(connection)).serve();
}

}  // namespace prs
