#include "script/host_channel.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <atomic>
#include <thread>

namespace prs {
namespace {

UniqueFd connect_to(const HostChannel& channel) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  channel.socket_path().copy(address.sun_path, sizeof address.sun_path - 1);
  EXPECT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  return fd;
}

std::string frames(FrameType type, std::size_t count) {
  std::string header(frame_header_bytes, '\0');
  header[4] = static_cast<char>(type);
  std::string bytes;
  for (std::size_t i = 0; i < count; ++i) bytes += header;
  return bytes;
}

TEST(HostChannel, AHostThatNeverStopsSendingDoesNotKeepTheWorker) {
  HostChannel channel;
  const UniqueFd host = connect_to(channel);
  ASSERT_TRUE(channel.accept());
  std::atomic<bool> is_over = false;
  std::thread flood([&] {
    const std::string bytes = frames(FrameType::notify, 8192);
    while (!is_over) {
      const ssize_t ignored = ::send(host.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      static_cast<void>(ignored);
    }
  });
  for (int turn = 0; turn < 20; ++turn)
    EXPECT_LE(channel.receive().size(), (std::size_t{2} << 20) / frame_header_bytes);
  is_over = true;
  flood.join();
  EXPECT_FALSE(channel.is_broken());
}

TEST(HostChannel, AFrameThatIsTooLongIsBrokenWithoutItsBytes) {
  HostChannel channel;
  const UniqueFd host = connect_to(channel);
  ASSERT_TRUE(channel.accept());
  std::string bytes = frames(FrameType::ready, 2);
  bytes[frame_header_bytes + 3] = 1;  // 16 MiB
  ASSERT_EQ(::send(host.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  EXPECT_EQ(channel.receive().size(), 1u) << "what stands before it is a frame";
  EXPECT_TRUE(channel.is_broken());
}

}  // namespace
}  // namespace prs
