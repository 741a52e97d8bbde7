#include "farm/planning.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "dataset/table_plan.hpp"
#include "support/errors.hpp"
#include "support/temporary_folder.hpp"

namespace prs {
namespace {

constexpr std::uint64_t gigabyte = 1'000'000'000;

/// A table of that many bytes, which take no room on the disk, in mini-batches of one byte.
TablePlan plan_of_bytes(const TemporaryFolder& folder, std::uint64_t bytes) {
  std::ofstream(folder.file("small.csv")) << "a\n1\n";
  std::ofstream(folder.file("table.csv")).close();
  std::filesystem::resize_file(folder.file("table.csv"), bytes);
  TablePlan::Options options;
  options.mini_batch_bytes = 1;
  return TablePlan::make({{{"sales", {folder.path()}}, {}}}, options);
}

TEST(RequireRoomFor, APlanThatMemoryCannotHoldIsRefusedWithItsInputAndItsLargestFile) {
  const TemporaryFolder folder("/tmp");
  const TablePlan plan = plan_of_bytes(folder, 1000 * gigabyte);
  try {
    require_room_for(plan, 16 * gigabyte);
    FAIL() << "it was taken";
  } catch (const UserError& error) {
    const std::string text = error.what();
    for (const std::string& word :
         {std::string("input 'sales'"), std::string("1 000 000 000 004 mini-batches"), std::string("40000.0 GB"),
          std::string("16.0 GB"), folder.file("table.csv"), std::string("set a larger mini_batch_size")})
      EXPECT_NE(text.find(word), std::string::npos) << text << "\nlacks " << word;
  }
}

TEST(RequireRoomFor, TakesAsManyAsThereIsRoomFor) {
  const TemporaryFolder folder("/tmp");
  const TablePlan plan = plan_of_bytes(folder, 96);
  constexpr std::uint64_t for_hundred = 4000;
  EXPECT_NO_THROW(require_room_for(plan, for_hundred));
  EXPECT_THROW(require_room_for(plan, for_hundred - 1), UserError);
}

}  // namespace
}  // namespace prs
