#include "report/stuck.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace prs {
namespace {

TEST(Stuck, NamesMiniBatchItemsWorkerHostAndSinceWhen) {
  const std::vector<StuckMiniBatch> stuck = {
      {MiniBatchIndex{18}, 2, {"/d/c.pgm", "/d/d.pgm"}, "process002", "node1", 0},
      {MiniBatchIndex{17}, 5, {"/d/a.pgm", "/d/b\xff\n.pgm"}, "process003", "node2", 1772366400125999999},
      {MiniBatchIndex{19}, 1, {}, "process002", "node1", 1772366401125999999},
  };
  EXPECT_EQ(stuck_text(stuck, 270),
            "no progress: no mini-batch ended for 4 min 30 s (progress_update_timeout); 3 handed out, first of them "
            "mini-batch 17 at process003 on node2 (5 items: /d/a.pgm, /d/b\\xff .pgm, …)\n"
            "  mini-batch 17 at process003 on node2, running since 2026-03-01T12:00:00Z (5 items: /d/a.pgm, "
            "/d/b\\xff .pgm, …)\n"
            "  mini-batch 19 at process002 on node1, running since 2026-03-01T12:00:01Z (1 item)\n"
            "  mini-batch 18 at process002 on node1, not started there (2 items: /d/c.pgm, /d/d.pgm)\n");
}

TEST(Stuck, ManyAreCutShort) {
  const std::vector<StuckMiniBatch> stuck(100, {MiniBatchIndex{1}, 1, {"/x"}, "process000", "n", 0});
  const std::string text = stuck_text(stuck, 5);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 22);
  EXPECT_TRUE(text.ends_with("  and 80 more\n"));
}

TEST(Stuck, NoneHandedOutIsSaid) {
  EXPECT_EQ(stuck_text({}, 5), "no progress: no mini-batch ended for 5.0 s (progress_update_timeout); 0 handed out\n");
}

}  // namespace
}  // namespace prs
