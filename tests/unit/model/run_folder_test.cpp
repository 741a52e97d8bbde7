#include "model/run_folder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace prs {
namespace {

std::string last_piece(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

TEST(RunFolder, ANumberComesBackOutOfTheNameThatWasMadeOfIt) {
  const RunFolder folder{"/run"};
  for (const std::uint32_t number : {1U, 9U, 10U, 4711U, 999'999'999U}) {
    EXPECT_EQ(RunFolder::number_of_ledger(last_piece(folder.ledger(number))), number);
    EXPECT_EQ(RunFolder::number_of_part(last_piece(folder.part(number))), number);
    EXPECT_EQ(RunFolder::number_of_tries(last_piece(folder.tries(number))), number);
    EXPECT_EQ(LeaseFolder::number_of(last_piece(LeaseFolder{folder.lease()}.lease(number))), number);
  }
}

TEST(RunFolder, WhatIsNotNamedSoHasNoNumber) {
  for (const char* name : {"", ".ledger", "0.ledger", "01.ledger", "+1.ledger", "-1.ledger", "1.rows", "1", "1.ledger~",
                           " 1.ledger", "1x.ledger", "0x1.ledger", "1.0.ledger", "ledger", "1000000000.ledger",
                           "4294967295.ledger", "99999999999999999999.ledger"})
    EXPECT_EQ(RunFolder::number_of_ledger(name), std::nullopt) << name;
  EXPECT_EQ(RunFolder::number_of_part("1.ledger"), std::nullopt);
  EXPECT_EQ(RunFolder::number_of_tries("1.rows"), std::nullopt);
  for (const char* name :
       {".new-12ab", ".look-12ab", "0.lease", "x.lease", "1.lease.new", "18446744073709551615.lease"})
    EXPECT_EQ(LeaseFolder::number_of(name), std::nullopt) << name;
}

TEST(RunFolder, WhatAKilledJobLeavesBesideTheLeasesIsTold) {
  const LeaseFolder folder{"/run/.prs/lease"};
  EXPECT_TRUE(LeaseFolder::is_short_lived(last_piece(folder.fresh("12ab"))));
  EXPECT_TRUE(LeaseFolder::is_short_lived(last_piece(folder.look("12ab"))));
  EXPECT_FALSE(LeaseFolder::is_short_lived(last_piece(folder.lease(12))));
}

TEST(RunFolder, TheNumberOfALeaseStandsInFrontOfItsName) {
  EXPECT_EQ(lease_name(12, "7f-0"), "12-7f-0");
  EXPECT_EQ(number_of_lease_name(lease_name(12, "7f-0")), 12u);
  for (const char* name : {"", "12", "-7f", "x-7f", "12.7f", "99999999999999999999-7f"})
    EXPECT_EQ(number_of_lease_name(name), 0u) << name;
}

TEST(RunFolder, TheLeaseOfABuildingFileComesBackOutOfItsName) {
  EXPECT_EQ(building_path("/run/rows.txt", "3-ab"), "/run/.rows.txt.3-ab.building");
  EXPECT_EQ(building_path("rows.txt", "3-ab"), ".rows.txt.3-ab.building");
  EXPECT_EQ(lease_of_building(".rows.txt.3-ab.building", "/run/rows.txt"), "3-ab");
  for (const char* name : {"", "rows.txt", ".rows.txt", ".rows.txt.building", ".rows.csv.3-ab.building",
                           ".rows.txt.3-ab.building.old", "rows.txt.3-ab.building"})
    EXPECT_EQ(lease_of_building(name, "/run/rows.txt"), std::nullopt) << name;
}

TEST(RunFolder, APageThatIsBeingWrittenIsToldByItsName) {
  EXPECT_EQ(page_being_written("/run", "ab12"), "/run/.prs_page-ab12.part");
  EXPECT_EQ(page_being_written("", "ab12"), ".prs_page-ab12.part");
  EXPECT_TRUE(is_page_being_written(last_piece(page_being_written("/run", "ab12"))));
  for (const char* name : {"", ".prs_page-.part", "report.html", "report.html.part", ".prs_page-ab12", ".prs"})
    EXPECT_FALSE(is_page_being_written(name)) << name;
}

TEST(RunFolder, AllLiesInWhatItCallsItsOwn) {
  const RunFolder folder{"/run"};
  for (const std::string& path : {folder.identity(),
                                  folder.lease(),
                                  folder.ledger(1),
                                  folder.part(1),
                                  folder.tries(1),
                                  folder.working("l", "p"),
                                  folder.room("p"),
                                  folder.failed_items(),
                                  folder.job_result(),
                                  folder.job_error(),
                                  folder.progress_overview("t"),
                                  folder.user_stdout("n", "p"),
                                  folder.user_stderr("n", "p"),
                                  folder.user_error("n", "p"),
                                  folder.entry_script_log("n", "p"),
                                  folder.master_log(),
                                  folder.worker_log("n", "p"),
                                  folder.processed_mini_batches(),
                                  folder.process_summary(),
                                  folder.node_summary(),
                                  folder.process_usage("n"),
                                  folder.node_usage("n"),
                                  folder.profile("n", "p")}) {
    ASSERT_TRUE(path.starts_with("/run/")) << path;
    const std::string top = path.substr(5, path.find('/', 5) - 5);
    EXPECT_NE(std::find(RunFolder::own_names.begin(), RunFolder::own_names.end(), top), RunFolder::own_names.end())
        << path;
  }
}

}  // namespace
}  // namespace prs
