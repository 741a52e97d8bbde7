#include "support/build_id.hpp"

#include <gtest/gtest.h>

namespace prs {
namespace {

TEST(BuildId, IsWhatTheLinkerWroteIntoTheProgram) {
  EXPECT_EQ(build_id(), "0123456789abcdef") << "tests/unit/support/CMakeLists.txt has the linker write that";
}

}  // namespace
}  // namespace prs
