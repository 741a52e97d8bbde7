#include "support/process_stat.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

namespace prs {
namespace {

const std::string tail = " 1 1 0 -1 4194560 5 0 0 0 700 30 0 0 20 0 2 0 900 1000 20";

TEST(ProcessStat, ANameMayHoldWhatLooksLikeFields) {
  const auto process = parse_process_stat("12 (a) Z 1 (b) S 7" + tail);
  ASSERT_TRUE(process);
  EXPECT_EQ(process->pid, 12);
  EXPECT_EQ(process->name, "a) Z 1 (b");
  EXPECT_EQ(process->state, 'S');
  EXPECT_EQ(process->parent, 7);
  EXPECT_EQ(process->cpu_ticks, 730U);
  EXPECT_EQ(process->threads, 2U);
  EXPECT_EQ(process->started_ticks, 900U);
}

TEST(ProcessStat, AProcessLivesWhileOneOfItsThreadsDoes) {
  EXPECT_TRUE(parse_process_stat("12 (a) Z 7" + tail)->is_living);
  EXPECT_FALSE(parse_process_stat("12 (a) Z 7 1 1 0 -1 4194560 5 0 0 0 700 30 0 0 20 0 1 0 900 1000")->is_living);
  EXPECT_FALSE(parse_process_stat("12 (a) X 7" + tail)->is_living);
}

TEST(ProcessStat, TheWalkFindsThisProcess) {
  const auto own = process_stat(::getpid());
  ASSERT_TRUE(own);
  EXPECT_EQ(own->parent, ::getppid());
  EXPECT_EQ(own->name, process_name(::getpid()));
  const std::vector<ProcessStat> all = all_processes();
  const auto found = std::find_if(all.begin(), all.end(), [](const auto& one) { return one.pid == ::getpid(); });
  ASSERT_NE(found, all.end());
  EXPECT_EQ(found->started_ticks, own->started_ticks);
}

TEST(ProcessStat, WhatIsNotThereIsAbsent) {
  EXPECT_FALSE(process_stat(::getpid(), "/no/proc"));
  EXPECT_TRUE(all_processes("/no/proc").empty());
  EXPECT_EQ(process_name(0), "");
}

}  // namespace
}  // namespace prs
