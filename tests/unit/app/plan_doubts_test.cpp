#include "app/plan_doubts.hpp"

#include <gtest/gtest.h>

namespace prs {
namespace {

PlanFacts normal() {
  PlanFacts facts;
  facts.mini_batches = 100;
  facts.workers = facts.workers_on_machine = 4;
  facts.cores = 4;
  facts.memory_bytes = 8ULL << 30;
  facts.files_of_mini_batch = 10;
  return facts;
}

PlanFacts of_tables() {
  PlanFacts facts = normal();
  facts.files_of_mini_batch = 0;
  facts.bytes_of_mini_batch = 1 << 20;
  return facts;
}

std::string doubts(const PlanFacts& facts) {
  std::string text;
  for (const std::string& doubt : doubts_about(facts)) text += doubt + "\n";
  return text;
}

TEST(PlanDoubts, AUsualRunRaisesNone) {
  EXPECT_EQ(doubts(normal()), "");
  EXPECT_EQ(doubts(of_tables()), "");
}

TEST(PlanDoubts, FewerMiniBatchesThanScriptProcesses) {
  PlanFacts facts = normal();
  facts.mini_batches = 3;
  EXPECT_EQ(
      doubts(facts),
      "there are fewer mini-batches (3) than script processes (4), so some will have nothing to do; set a smaller "
      "mini_batch_size, or ask for fewer\n");
  facts.is_size_set = false;
  EXPECT_EQ(doubts(facts),
            "there are fewer mini-batches (3) than script processes (4), so some will have nothing to do; ask for "
            "fewer\n");
}

TEST(PlanDoubts, TinyTablesManyTimes) {
  PlanFacts facts = of_tables();
  facts.bytes_of_mini_batch = 1024;
  EXPECT_EQ(doubts(facts), "") << "a hundred of them are soon done";
  facts.mini_batches = 100'000;
  EXPECT_EQ(doubts(facts),
            "each mini-batch has 1024 bytes at most, so that making tables will take longer than the work on them; set "
            "a larger mini_batch_size, 1 MB say\n");
  facts = normal();
  facts.mini_batches = 20'000'000;
  EXPECT_EQ(doubts(facts),
            "there are 20 000 000 mini-batches, and the reports have a row for each; set a larger mini_batch_size\n");
}

TEST(PlanDoubts, TablesThatMemoryCannotHold) {
  PlanFacts facts = of_tables();
  facts.bytes_of_mini_batch = 1ULL << 30;
  EXPECT_EQ(
      doubts(facts),
      "a mini-batch has up to 1024 MB, and 4 script processes may need 3 times that each, more than the 8192 MB of "
      "this machine; set a smaller mini_batch_size, or ask for fewer\n");
  facts.memory_bytes = 0;
  EXPECT_EQ(doubts(facts), "") << "other machines, nobody knows";
}

TEST(PlanDoubts, SoManyFilesThatTheLimitLeavesNoTime) {
  PlanFacts facts = normal();
  facts.files_of_mini_batch = 100'000;
  EXPECT_EQ(doubts(facts),
            "run() gets 100 000 files, and run_invocation_timeout leaves it 0.6 ms for each; set a smaller "
            "mini_batch_size, or a longer limit\n");
}

TEST(PlanDoubts, MoreProcessesOrThreadsThanCores) {
  PlanFacts facts = normal();
  facts.cores = 2;
  EXPECT_EQ(doubts(facts),
            "there are 4 script processes for 2 cores of this machine; set a smaller process_count_per_node\n");
  facts = normal();
  facts.threads = 4;
  EXPECT_EQ(doubts(facts),
            "OMP_NUM_THREADS is 4, which makes 16 threads of 4 script processes for 4 cores; leave it out, and each "
            "gets its share of the cores\n");
  facts.threads = 1;
  EXPECT_EQ(doubts(facts), "");
}

TEST(PlanDoubts, AScriptThatPrintsForEachItem) {
  PlanFacts facts = normal();
  facts.script.file = "/x/entry.py";
  facts.script.prints_in_line = 3;
  EXPECT_EQ(
      doubts(facts),
      "/x/entry.py:3: run() prints something for each item, and its log grows with the input; print once for each "
      "mini-batch, or log at the level DEBUG\n");
}

TEST(PlanDoubts, AScriptWithoutRunOrPackages) {
  PlanFacts facts = normal();
  facts.script.file = "/x/entry.py";
  facts.script.has_run = false;
  facts.script.missing_packages = {"numpy"};
  EXPECT_EQ(doubts(facts),
            "/x/entry.py: no run(mini_batch) is defined or imported at its top; define it there, else the job fails as "
            "it begins\n"
            "/x/entry.py: the interpreter does not find what it imports (numpy); install it there, or set another "
            "`environment`\n");
}

}  // namespace
}  // namespace prs
