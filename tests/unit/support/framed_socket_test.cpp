#include "support/framed_socket.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <vector>

namespace prs {
namespace {

constexpr std::size_t large = 1 << 20;

struct Pair {
  explicit Pair(FramedSocket::Limits limits = {large, true}) : receiver(limits) {
    std::array<int, 2> fds{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()), 0);
    raw = fds[0];
    sender.connect(UniqueFd(fds[0]));
    receiver.connect(UniqueFd(fds[1]));
  }
  std::vector<Frame> received_until(std::size_t count) {
    std::vector<Frame> frames;
    for (int turn = 0; turn < 100000 && frames.size() < count && !receiver.is_broken(); ++turn) {
      sender.flush();
      for (Frame& frame : receiver.receive()) frames.push_back(std::move(frame));
    }
    return frames;
  }
  FramedSocket sender{{large}}, receiver;
  int raw;
};

UniqueFd memory_with(const std::string& text) {
  UniqueFd fd(::memfd_create("prs_test", MFD_CLOEXEC));
  EXPECT_EQ(::pwrite(fd.get(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  return fd;
}

std::string text_of(const UniqueFd& fd) {
  std::string text(64, '\0');
  const ssize_t got = ::pread(fd.get(), text.data(), text.size(), 0);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return text;
}

TEST(FramedSocket, EachDescriptorComesWithItsFrame) {
  Pair pair;
  // Sizes that end within and behind what one call receives, and more than the socket holds.
  std::vector<std::string> payloads;
  for (std::size_t i = 0; i < 60; ++i) payloads.emplace_back(i * i * 40, static_cast<char>('a' + i % 26));
  for (std::size_t i = 0; i < payloads.size(); ++i)
    pair.sender.queue(
        {static_cast<std::uint16_t>(i), i * 7, payloads[i], i % 3 == 0 ? memory_with(std::to_string(i)) : UniqueFd()});
  const std::vector<Frame> frames = pair.received_until(payloads.size());
  ASSERT_EQ(frames.size(), payloads.size());
  for (std::size_t i = 0; i < frames.size(); ++i) {
    EXPECT_EQ(frames[i].type, i);
    EXPECT_EQ(frames[i].number, i * 7);
    EXPECT_TRUE(frames[i].payload == payloads[i]);
    EXPECT_EQ(text_of(frames[i].descriptor), i % 3 == 0 ? std::to_string(i) : "");
    if (i % 3 == 0) {
      EXPECT_EQ(::fcntl(frames[i].descriptor.get(), F_GETFD), FD_CLOEXEC);
    }
  }
  EXPECT_FALSE(pair.sender.has_unsent());
}

TEST(FramedSocket, WhatWasSentBeforeTheEndIsReceived) {
  Pair pair;
  for (int i = 0; i < 5; ++i) pair.sender.queue({1, 0, "text", memory_with("x")});
  pair.sender.flush();
  pair.sender.connect(UniqueFd());
  EXPECT_EQ(pair.receiver.receive().size(), 5u) << "in one call";
  EXPECT_TRUE(pair.receiver.is_at_end());
}

TEST(FramedSocket, WhereNoDescriptorIsTakenNoneIsLeft) {
  Pair pair({large, false});
  const int next = memory_with("").get();  // the lowest free number
  for (int i = 0; i < 10; ++i) pair.sender.queue({1, 0, "text", memory_with("x")});
  const std::vector<Frame> frames = pair.received_until(10);
  ASSERT_EQ(frames.size(), 10u);
  for (const Frame& frame : frames) EXPECT_FALSE(frame.descriptor);
  EXPECT_EQ(memory_with("").get(), next);
}

TEST(FramedSocket, APromisedDescriptorThatDoesNotComeIsBroken) {
  Pair pair;
  std::string header(frame_header_bytes, '\0');
  header[6] = static_cast<char>(frame_with_descriptor);
  ASSERT_EQ(::send(pair.raw, header.data(), header.size(), MSG_NOSIGNAL), static_cast<ssize_t>(header.size()));
  EXPECT_TRUE(pair.receiver.receive().empty());
  EXPECT_TRUE(pair.receiver.is_broken());
}

}  // namespace
}  // namespace prs
