#include "script/interpreter.hpp"

#include <gtest/gtest.h>

#include "script/folders_to_bind.hpp"
#include "support/errors.hpp"
#include "tests/unit/script/driver_harness.hpp"

namespace prs {
namespace {

using test::processes_with;
using test::ScratchFolder;
using Kind = InterpreterChoice::Kind;

struct InterpreterTest : testing::Test {
  Interpreter find(InterpreterChoice choice, Duration limit = std::chrono::seconds(60)) {
    const std::string path = "PATH=" + folder.path("bin") + ":/usr/bin:/bin";
    return find_interpreter(choice, PRS_TEST_KEEPER,
                            {path, "HOME=" + folder.path("home"), "PRS_TEST_FOLDER=" + folder.path()}, limit);
  }
  void expect_refusal(InterpreterChoice choice, const std::string& part, Duration limit = std::chrono::seconds(60)) {
    try {
      find(std::move(choice), limit);
      ADD_FAILURE() << "not refused";
    } catch (const UserError& error) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
    EXPECT_TRUE(processes_with(folder.path()).empty());
  }
  void write_wrapper(const std::string& name) { folder.write(name, "#!/bin/sh\nexec /usr/bin/python3 \"$@\"\n", true); }
  ScratchFolder folder;
};

TEST_F(InterpreterTest, ReplacesAShimByTheRealPath) {
  write_wrapper("bin/python3");
  const Interpreter found = find({});
  EXPECT_EQ(found.command, std::vector<std::string>{"/usr/bin/python3"});
  EXPECT_TRUE(found.version.starts_with("3."));
}

TEST_F(InterpreterTest, AKilledKeeperIsNoMistakeOfTheUsers) {
  folder.write("bin/python3", "#!/bin/sh\nkill -9 $PPID\nsleep 100\n", true);
  try {
    find({});
    FAIL() << "an answer without an interpreter";
  } catch (const InfrastructureError& error) {
    EXPECT_NE(std::string(error.what()).find("its keeper was killed"), std::string::npos) << error.what();
  }
  EXPECT_TRUE(processes_with(folder.path()).empty());
}

TEST_F(InterpreterTest, KeepsTheFolderOfAVirtualEnvironment) {
  folder.write("venv/pyvenv.cfg", "home = /usr/bin\n");
  std::filesystem::create_directories(folder.path("venv/bin"));
  std::filesystem::create_symlink("/usr/bin/python3", folder.path("venv/bin/python"));
  EXPECT_EQ(find({Kind::venv, folder.path("venv"), {}, {}}).command,
            std::vector<std::string>{folder.path("venv/bin/python")});
  expect_refusal({Kind::venv, folder.path("nothing"), {}, {}}, "has no bin/python");
}

TEST_F(InterpreterTest, FindsCondaEnvironmentsByNameAndPrefix) {
  write_wrapper("home/miniforge3/envs/science/bin/python");
  EXPECT_EQ(find({Kind::conda, "science", {}, {}}).command, std::vector<std::string>{"/usr/bin/python3"});
  EXPECT_FALSE(find({Kind::conda, folder.path("home/miniforge3/envs/science"), {}, {}}).command.empty());
  expect_refusal({Kind::conda, "sience", {}, {}}, "there is no environment 'sience'");
}

TEST_F(InterpreterTest, KeepsTheWordsBeforeTheInterpreter) {
  const Interpreter found = find({Kind::prefix, {}, {"nice", "-n", "1"}, {}});
  EXPECT_EQ(found.command, (std::vector<std::string>{"nice", "-n", "1", "python3"}));
}

/// Like the real one it starts nothing when a folder to bind is missing.
constexpr const char* fake_apptainer = R"(#!/bin/sh
while [ "$1" != image.sif ]; do
  if [ "$1" = --bind ] && [ ! -e "$2" ]; then echo "mount source $2 doesn't exist" >&2; exit 255; fi
  shift
done
shift
exec "$@"
)";

TEST_F(InterpreterTest, StartsContainersWithTheirFolders) {
  folder.write("bin/apptainer", fake_apptainer, true);
  const std::string data = folder.path("data"), missing = folder.path("out/of/a/run");
  std::filesystem::create_directories(data);
  std::filesystem::create_directories(folder.path("out"));
  const Interpreter found = find({Kind::container, "image.sif", {}, folders_to_bind({data + "/*.png", missing})});
  EXPECT_EQ(found.command, (std::vector<std::string>{folder.path("bin/apptainer"), "exec", "--bind", data, "--bind",
                                                     folder.path("out"), "image.sif", "python3"}));
  expect_refusal({Kind::container, "image.sif", {}, {missing}}, "doesn't exist");
}

TEST_F(InterpreterTest, RefusesByNameWhatCannotBeUsed) {
  expect_refusal({Kind::python, "/no/such/python", {}, {}}, "/no/such/python is no program");
  expect_refusal({Kind::python, "no-such-python", {}, {}}, "no program 'no-such-python' on the PATH");
  expect_refusal({Kind::container, "image.sif", {}, {}}, "neither 'apptainer' nor 'singularity'");
  folder.write("old/python", "#!/bin/sh\necho; echo prs-python 3.7.9 /old/python\n", true);
  expect_refusal({Kind::python, folder.path("old/python"), {}, {}}, "is Python 3.7.9");
  folder.write("broken/python", "#!/bin/sh\necho libpython is missing >&2; exit 1\n", true);
  expect_refusal({Kind::python, folder.path("broken/python"), {}, {}}, "libpython is missing");
  folder.write("lost/python", "#!/no/such/shell\n", true);
  expect_refusal({Kind::python, folder.path("lost/python"), {}, {}}, "No such file or directory");
  expect_refusal({Kind::prefix, {}, {"no-such-command"}, {}}, "cannot be started");
}

TEST_F(InterpreterTest, SaysWhyItIsThisOne) {
  EXPECT_EQ(reason_of({}), "python3 on the PATH, since 'environment' names no other");
  EXPECT_EQ(reason_of({Kind::python, "python3.11", {}, {}}), "environment: python: python3.11, found on the PATH");
  EXPECT_EQ(reason_of({Kind::python, "/opt/python3", {}, {}}), "environment: python: /opt/python3");
  EXPECT_EQ(reason_of({Kind::venv, "/venv", {}, {}}), "environment: venv: /venv");
  EXPECT_EQ(reason_of({Kind::conda, "science", {}, {}}), "environment: conda: science");
  EXPECT_EQ(reason_of({Kind::container, "image.sif", {}, {}}), "environment: container: image.sif");
  EXPECT_EQ(reason_of({Kind::prefix, {}, {"nice", "-n", "1"}, {}}), "environment: prefix: nice -n 1");
}

TEST_F(InterpreterTest, DoesNotWaitForEver) {
  folder.write("slow/python", "#!/bin/sh\nsetsid sleep 1000 &\nsleep 1000\n", true);
  expect_refusal({Kind::python, folder.path("slow/python"), {}, {}}, "did not answer within 0.2 s",
                 std::chrono::milliseconds(200));
}

}  // namespace
}  // namespace prs
