#include "script/failure_text.hpp"

#include <gtest/gtest.h>

namespace prs {

TEST(FailureText, ADiskIsBlamedInPythonsWordsAndInTheSystems) {
  EXPECT_TRUE(blames_a_disk({"OSError", "[Errno 28] No space left on device: '/out/x'", {}}));
  EXPECT_TRUE(blames_a_disk({"OSError", "[Errno 122] Disk quota exceeded", {}}));
  EXPECT_TRUE(blames_a_disk({"OSError", "[Errno 30] Kein Schreibzugriff", {}}));
  EXPECT_TRUE(
      blames_a_disk({"OSError", "Can't write data (file write failed: error message = 'Input/output error')", {}}));
  EXPECT_TRUE(
      blames_a_disk({"RuntimeError", "could not save", "Traceback …\nOSError: [Errno 28] No space left on device\n"}));
}

TEST(FailureText, NothingElseIsTakenForADisk) {
  EXPECT_FALSE(blames_a_disk({"FileNotFoundError", "[Errno 2] No such file or directory: '/data/28'", {}}));
  EXPECT_FALSE(blames_a_disk({"OSError", "[Errno 281] something", {}}));
  EXPECT_FALSE(blames_a_disk({}));
}

}  // namespace prs
