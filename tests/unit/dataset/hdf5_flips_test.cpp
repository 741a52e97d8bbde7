#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <random>

#include "hdf5_reading.hpp"
#include "support/posix_io.hpp"

namespace prs::test {
namespace {
#ifdef PRS_IS_SANITIZED
constexpr int flip_count = 100;
#else
constexpr int flip_count = 600;
#endif
constexpr int read_well = 0, typed_error = 1, no_memory = 2;

/// A small file with one of everything.
void write_one_of_everything(Hdf5Writer& writer) {
  writer.group("/g", true);
  writer.numbers("/g/n", numbers_from(0, 50), {{16}, 6, true, true});
  writer.texts("/g/t", std::vector<std::string>(50, "some text"), {{16}, 1, false, false});
  writer.numbers("/g/plain", numbers_from(7, 50));
  write_people(writer, "/people", std::vector<Person>(20, Person{31, "Anna", "Oslo", 1, 1.5}), {{8}, 1, true, false});
  const std::vector<double> values(std::size_t{6} * 5);
  writer.dataset("/array", H5T_IEEE_F64BE, H5T_NATIVE_DOUBLE, {6, 5}, values.data(), {{4, 4}, 1, true, true});
}

/// Not to the byte: a damaged file may ask for terabytes.
class BoundedMemory final : public Hdf5Memory {
 public:
  char* resize(std::size_t bytes) override {
    if (bytes > 64 << 20) throw std::bad_alloc();
    return memory_.resize(bytes);
  }

 private:
  HeapMemory memory_;
};

/// In a child: reads what there is, and says how it went. The library loops for ever over some damage (1.10.8: a length
/// in the heap of texts), which a loader's time limit ends, and a limit of time on the processor here.
[[noreturn]] void read_and_exit(const std::string& path) {
  const rlimit one_second{1, 1};
  ::setrlimit(RLIMIT_CPU, &one_second);  // of its own, on a busy machine, too: a hundred times what it needs
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  ::dup2(::open("/dev/null", O_WRONLY), STDERR_FILENO);
  int status = read_well;
  for (const char* const dataset : {"/g", "/people", "/array", ""}) {
    try {
      BoundedMemory memory;
      const Hdf5Table table({path, dataset, {}, {}});
      static_cast<void>(table.row_size());
      static_cast<void>(table.read_rows(0, table.description().rows, memory));
    } catch (const Hdf5Error&) {
      if (*dataset != '\0') status = std::max(status, typed_error);  // the file has more than one
    } catch (const std::bad_alloc&) {
      status = no_memory;
    }
  }
  ::_exit(status);
}

TEST(Hdf5Flips, AFlippedByteIsATypedErrorOrADeadReader) {
  const TemporaryFolder folder;
  const std::string path = folder.file("data.h5");
  {
    Hdf5Writer writer(path);
    write_one_of_everything(writer);
  }
  const std::string whole = read_file(path);
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 chance(seed);
  std::map<std::string, int> seen;
  for (int i = 0; i < flip_count; ++i) {
    std::string bytes = whole;
    std::size_t at = chance() % bytes.size();
    while (i % 4 != 0 && bytes[at] == 0) at = (at + 1) % bytes.size();  // most of a small file is room for more
    bytes[at] = static_cast<char>(bytes[at] ^ (1 + chance() % 255));
    const UniqueFd file = open_anew(path);
    write_all(file.get(), bytes, path);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) read_and_exit(path);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status)) {
      ++seen[std::string("died of ") + ::strsignal(WTERMSIG(status))];
      continue;
    }
    EXPECT_LE(WEXITSTATUS(status), no_memory) << "byte " << at << " is " << static_cast<int>(bytes[at]);
    ++seen["exit status " + std::to_string(WEXITSTATUS(status))];
  }
  EXPECT_GT(seen["exit status 0"], 0);
  EXPECT_GT(seen["exit status 1"], 0);
  for (const auto& [what, count] : seen) std::printf("%s: %d\n", what.c_str(), count);
}

}  // namespace
}  // namespace prs::test
