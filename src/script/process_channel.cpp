#include "script/process_channel.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "support/errors.hpp"

namespace prs {
namespace {

std::string make_private_folder() {
  // Short: the path of a socket holds 107 bytes. /tmp is what containers share with their host.
  std::array<char, 32> name{"/tmp/prs-XXXXXX"};
  if (::mkdtemp(name.data()) == nullptr)
    throw system_error("cannot make a folder for the script process's socket", name.data(), errno);
  return name.data();
}

UniqueFd listen_at(const std::string& path) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  PRS_INVARIANT(path.size() < sizeof address.sun_path);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  if (!fd || ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(fd.get(), 1) != 0)
    throw system_error("cannot listen for the script process", path, errno);
  return fd;
}

}  // namespace

ProcessChannel::ProcessChannel(FramedSocket::Limits limits)
    : folder_(make_private_folder()), socket_path_(folder_ + "/host"), socket_(limits) {
  try {
    listener_ = listen_at(socket_path_);
  } catch (...) {
    remove_folder();
    throw;
  }
}

void ProcessChannel::remove_folder() {
  if (folder_.empty()) return;
  ::unlink(socket_path_.c_str());
  ::rmdir(folder_.c_str());
  folder_.clear();
}

bool ProcessChannel::accept() {
  if (is_connected() || !listener_) return is_connected();
  UniqueFd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!connection) return false;
  socket_.connect(std::move(connection));
  listener_.reset();
  remove_folder();
  return true;
}

pollfd ProcessChannel::poll_fd() const {
  return listener_ ? pollfd{listener_.get(), POLLIN, 0} : socket_.poll_fd();
}

}  // namespace prs
