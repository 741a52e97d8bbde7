#include "script/script_kind.hpp"

#include <gtest/gtest.h>

#include "tests/unit/script/driver_harness.hpp"

namespace prs {
namespace {

TEST(ScriptKind, IsToldByItsName) {
  const test::ScratchFolder folder;
  folder.write("tool", "#!/bin/sh\n", true);
  EXPECT_EQ(kind_of("digits.py"), ScriptKind::python);
  EXPECT_EQ(kind_of("/a/b/digits.py"), ScriptKind::python);
  EXPECT_EQ(kind_of("package.module"), ScriptKind::python_module);
  EXPECT_EQ(kind_of("/scripts/package.module"), ScriptKind::python_module);
  EXPECT_EQ(kind_of("libscore.so"), ScriptKind::native);
  EXPECT_EQ(kind_of(folder.path("tool")), ScriptKind::executable);
  EXPECT_EQ(kind_of("run-me.sh"), ScriptKind::executable);
  EXPECT_EQ(kind_of("3d.model"), ScriptKind::executable);
}

}  // namespace
}  // namespace prs
