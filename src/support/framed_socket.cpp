#include "support/framed_socket.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "support/errors.hpp"
#include "support/little_endian.hpp"

namespace prs {
namespace {

/// More than a socket holds, so that all that a dead process has sent is read at once; and an end, for one that sends
/// faster than is read.
constexpr std::size_t most_bytes_at_once = 1 << 20;

struct Control {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> bytes{};
};

ssize_t send_with_descriptor(int socket, std::string_view bytes, int descriptor) {
  iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
  Control control;
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes.data();
  message.msg_controllen = control.bytes.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  return ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/// Of one that came along: the kernel gives no bytes beyond those that it was sent with.
UniqueFd descriptor_of(msghdr& message) {
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) return {};
  int descriptor = -1;
  std::memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
  return UniqueFd(descriptor);
}

}  // namespace

void FramedSocket::queue(Outgoing frame) {
  PRS_INVARIANT(frame.payload.size() <= UINT32_MAX);
  const std::uint16_t flags = frame.descriptor ? frame_with_descriptor : 0;
  if (frame.descriptor) attached_.push_back({outgoing_.size(), std::move(frame.descriptor)});
  append_little_endian<4>(outgoing_, frame.payload.size());
  append_little_endian<2>(outgoing_, frame.type);
  append_little_endian<2>(outgoing_, flags);
  append_little_endian<8>(outgoing_, frame.number);
  outgoing_.append(frame.payload);
}

/// Up to the next frame that a descriptor goes with; then that frame, and it, in a call of their own.
bool FramedSocket::send_some() {
  const bool has_descriptor = !attached_.empty() && attached_.front().at == sent_bytes_;
  const std::size_t next = has_descriptor ? 1 : 0;
  const std::size_t end = next < attached_.size() ? attached_[next].at : outgoing_.size();
  const std::string_view piece = std::string_view(outgoing_).substr(sent_bytes_, end - sent_bytes_);
  const ssize_t sent = has_descriptor
                           ? send_with_descriptor(connection_.get(), piece, attached_.front().descriptor.get())
                           : ::send(connection_.get(), piece.data(), piece.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0 && errno == EINTR) return true;
  // ETOOMANYREFS: so many descriptors are under way that the kernel takes no more until some are received.
  if (sent < 0 && (errno == EAGAIN || errno == ETOOMANYREFS)) return false;
  if (sent < 0) {
    // What it sent before it closed its end is still to be read: receive() finds the end.
    drop_unsent();
    return false;
  }
  if (has_descriptor) attached_.pop_front();
  sent_bytes_ += static_cast<std::size_t>(sent);
  return true;
}

void FramedSocket::drop_unsent() {
  outgoing_.clear();
  attached_.clear();
  sent_bytes_ = 0;
}

void FramedSocket::flush() {
  if (!connection_) return;
  while (has_unsent())
    if (!send_some()) return;
  drop_unsent();
}

ssize_t FramedSocket::receive_some(char* buffer, std::size_t size) {
  if (!limits_.takes_descriptors) return ::recv(connection_.get(), buffer, size, MSG_DONTWAIT);
  iovec piece{buffer, size};
  Control control;
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes.data();
  message.msg_controllen = control.bytes.size();
  const ssize_t got = ::recvmsg(connection_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (got > 0)
    if (UniqueFd descriptor = descriptor_of(message)) descriptors_.push_back(std::move(descriptor));
  return got;
}

std::vector<Frame> FramedSocket::receive() {
  std::vector<Frame> frames;
  std::array<char, 4096> buffer;
  std::size_t received_bytes = 0;
  while (connection_ && !is_at_end_ && !is_broken_ && received_bytes < most_bytes_at_once) {
    const ssize_t got = receive_some(buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) break;
    if (got <= 0) {
      is_at_end_ = true;
      break;
    }
    received_bytes += static_cast<std::size_t>(got);
    incoming_.append(buffer.data(), static_cast<std::size_t>(got));
    take_frames(frames);
    // A descriptor ends a call, whatever comes behind it.
    if (static_cast<std::size_t>(got) < buffer.size() && !limits_.takes_descriptors) break;
  }
  return frames;
}

void FramedSocket::take_frames(std::vector<Frame>& frames) {
  std::size_t at = 0;
  while (incoming_.size() - at >= frame_header_bytes) {
    const char* header = incoming_.data() + at;
    const std::size_t length = get_little_endian<4>(header);
    const bool has_descriptor =
        limits_.takes_descriptors && (get_little_endian<2>(header + 6) & frame_with_descriptor) != 0;
    if (length > limits_.largest_frame_bytes || (has_descriptor && descriptors_.empty())) {
      is_broken_ = true;
      break;
    }
    if (incoming_.size() - at < frame_header_bytes + length) break;
    Frame& frame = frames.emplace_back();
    frame.type = static_cast<std::uint16_t>(get_little_endian<2>(header + 4));
    frame.number = get_little_endian<8>(header + 8);
    frame.payload = incoming_.substr(at + frame_header_bytes, length);
    at += frame_header_bytes + length;
    if (!has_descriptor) continue;
    frame.descriptor = std::move(descriptors_.front());
    descriptors_.pop_front();
  }
  incoming_.erase(0, at);
}

pollfd FramedSocket::poll_fd() const {
  if (!connection_ || is_at_end_ || is_broken_) return {-1, 0, 0};
  return {connection_.get(), static_cast<short>(has_unsent() ? POLLIN | POLLOUT : POLLIN), 0};
}

}  // namespace prs
