#include "script/host_channel.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "support/errors.hpp"

namespace prs {
namespace {

/// More than a socket holds, so that all that a dead host has sent is read at once; and an end, for one that sends
/// faster than is read.
constexpr std::size_t most_bytes_at_once = 1 << 20;

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

/// Sealed: a host that cuts it short would otherwise kill the worker with SIGBUS.
UniqueFd make_memory() {
  UniqueFd fd(::memfd_create("prs_script_host", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd || ::ftruncate(fd.get(), static_cast<off_t>(control_bytes + ring_bytes)) != 0 ||
      ::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    throw system_error("cannot make shared memory", "for the script process", errno);
  return fd;
}

std::span<std::byte> map_memory(int fd) {
  constexpr std::size_t bytes = control_bytes + ring_bytes;
  void* at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (at == MAP_FAILED) throw system_error("cannot map shared memory", "of the script process", errno);
  return {static_cast<std::byte*>(at), bytes};
}

void append_header(std::string& out, std::size_t payload_bytes, FrameType type) {
  std::array<char, frame_header_bytes> header{};
  const auto length = static_cast<std::uint32_t>(payload_bytes);
  std::memcpy(header.data(), &length, sizeof length);
  std::memcpy(header.data() + 4, &type, sizeof type);
  out.append(header.data(), header.size());
}

ssize_t send_with_fd(int socket, std::string_view bytes, int fd) {
  iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  return ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace

HostChannel::HostChannel() : folder_(make_private_folder()), socket_path_(folder_ + "/host") {
  try {
    listener_ = listen_at(socket_path_);
    memory_fd_ = make_memory();
    memory_ = map_memory(memory_fd_.get());
  } catch (...) {
    remove_folder();
    throw;
  }
  const std::uint64_t magic = control_magic;
  std::memcpy(memory_.data(), &magic, sizeof magic);
}

HostChannel::~HostChannel() {
  remove_folder();
  if (!memory_.empty()) ::munmap(memory_.data(), memory_.size());
}

void HostChannel::remove_folder() {
  if (folder_.empty()) return;
  ::unlink(socket_path_.c_str());
  ::rmdir(folder_.c_str());
  folder_.clear();
}

bool HostChannel::accept() {
  if (connection_ || !listener_) return is_connected();
  connection_.reset(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!connection_) return false;
  listener_.reset();
  remove_folder();
  return true;
}

void HostChannel::queue_frame(FrameType type, std::string_view payload) {
  append_header(outgoing_, payload.size(), type);
  outgoing_.append(payload);
}

bool HostChannel::send_some() {
  const std::string_view rest = std::string_view(outgoing_).substr(sent_bytes_);
  const ssize_t sent = is_memory_sent_
                           ? ::send(connection_.get(), rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT)
                           : send_with_fd(connection_.get(), rest, memory_fd_.get());
  if (sent < 0 && errno == EINTR) return true;
  if (sent < 0 && errno == EAGAIN) return false;
  if (sent < 0) {
    // What it sent before it closed its end is still to be read: receive() finds the end.
    outgoing_.clear();
    sent_bytes_ = 0;
    return false;
  }
  is_memory_sent_ = true;
  memory_fd_.reset();
  sent_bytes_ += static_cast<std::size_t>(sent);
  return true;
}

void HostChannel::flush() {
  if (!connection_) return;
  while (sent_bytes_ < outgoing_.size())
    if (!send_some()) return;
  outgoing_.clear();
  sent_bytes_ = 0;
}

std::vector<Frame> HostChannel::receive() {
  std::vector<Frame> frames;
  std::array<char, 4096> buffer;
  std::size_t received_bytes = 0;
  while (connection_ && !is_at_end_ && !is_broken_ && received_bytes < most_bytes_at_once) {
    const ssize_t got = ::recv(connection_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) break;
    if (got <= 0) {
      is_at_end_ = true;
      break;
    }
    received_bytes += static_cast<std::size_t>(got);
    incoming_.append(buffer.data(), static_cast<std::size_t>(got));
    take_frames(frames);
    if (static_cast<std::size_t>(got) < buffer.size()) break;
  }
  return frames;
}

void HostChannel::take_frames(std::vector<Frame>& frames) {
  std::size_t at = 0;
  while (incoming_.size() - at >= frame_header_bytes) {
    std::uint32_t length = 0;
    Frame frame;
    std::memcpy(&length, incoming_.data() + at, sizeof length);
    std::memcpy(&frame.type, incoming_.data() + at + 4, sizeof frame.type);
    if (length > largest_frame_from_host_bytes) {
      is_broken_ = true;
      break;
    }
    if (incoming_.size() - at < frame_header_bytes + length) break;
    frame.payload = incoming_.substr(at + frame_header_bytes, length);
    at += frame_header_bytes + length;
    frames.push_back(std::move(frame));
  }
  incoming_.erase(0, at);
}

pollfd HostChannel::poll_fd() const {
  if (listener_) return {listener_.get(), POLLIN, 0};
  if (!connection_ || is_at_end_ || is_broken_) return {-1, 0, 0};
  const bool has_more = sent_bytes_ < outgoing_.size();
  return {connection_.get(), static_cast<short>(has_more ? POLLIN | POLLOUT : POLLIN), 0};
}

}  // namespace prs
