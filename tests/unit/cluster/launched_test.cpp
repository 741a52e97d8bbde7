#include "cluster/launched.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>

namespace prs {
namespace {

TEST(LauncherResult, ComesBackAsItWas) {
  for (const bool is_ended_by_loss : {false, true})
    for (const ExitStatus status : {ExitStatus::completed, ExitStatus::failed, ExitStatus::interrupted}) {
      const LauncherResult back = launcher_result_of(launcher_result_text({status, is_ended_by_loss}));
      EXPECT_EQ(back.status, status);
      EXPECT_EQ(back.is_ended_by_loss, is_ended_by_loss);
    }
}

TEST(GracePeriod, IsCutToWhatMpirunLeaves) {
  ::unsetenv("OMPI_MCA_orte_ess_num_procs");
  ::unsetenv("PRTE_LAUNCHED");
  EXPECT_EQ(grace_seconds_after(SIGTERM, 30), 30);
  ::setenv("OMPI_MCA_orte_ess_num_procs", "3", 1);
  EXPECT_LT(grace_seconds_after(SIGTERM, 30), 1);
  EXPECT_LT(grace_seconds_after(SIGINT, 30), 1);
  EXPECT_EQ(grace_seconds_after(SIGUSR1, 30), 30);
  EXPECT_EQ(grace_seconds_after(SIGTERM, 0), 0);
  ::unsetenv("OMPI_MCA_orte_ess_num_procs");
  ::setenv("PRTE_LAUNCHED", "1", 1);
  EXPECT_LT(grace_seconds_after(SIGTERM, 30), 0.5);
  ::unsetenv("PRTE_LAUNCHED");
}

}  // namespace
}  // namespace prs
