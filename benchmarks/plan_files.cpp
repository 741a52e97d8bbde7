/// How long, and how much memory, does it take to plan N files that lie in one folder (rule 3.8)?
/// Makes the folder, then plans it in a fresh process, and beside it lists and sorts it in the usual C++ way in another
/// one.

#include <fcntl.h>
#include <malloc.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "dataset/file_plan.hpp"
#include "support/clock.hpp"
#include "support/errors.hpp"
#include "support/posix_io.hpp"

namespace {
namespace fs = std::filesystem;

struct Settings {
  std::uint64_t files = 1'000'000;
  std::uint64_t files_per_mini_batch = 10;
  std::string folder = fs::temp_directory_path();
  bool keep = false;
  std::string role;  ///< "plan" or "plain" in the processes that are measured
};

/// Hidden, so that it is no input: the folder was filled to the end.
constexpr const char* complete_mark = ".complete";

/// The most memory that this process ever had resident, from the kernel.
double peak_mb() {
  std::ifstream status("/proc/self/status");
  std::string word;
  double kilobytes = 0;
  while (status >> word)
    if (word == "VmHWM:") status >> kilobytes;
  return kilobytes * 1024 / 1e6;
}

void fill(const Settings& settings, const std::string& folder) {
  if (fs::exists(folder + "/" + complete_mark)) return;
  std::printf("making %llu empty files in %s\n", static_cast<unsigned long long>(settings.files), folder.c_str());
  std::fflush(stdout);
  prs::make_folders(folder);
  const prs::UniqueFd fd = prs::open_file(folder, O_RDONLY | O_DIRECTORY);
  std::vector<std::uint32_t> numbers(settings.files);
  for (std::uint32_t i = 0; i < numbers.size(); ++i) numbers[i] = i;
  std::shuffle(numbers.begin(), numbers.end(), std::mt19937(1));  // files rarely appear in the order of their names
  for (const std::uint32_t number : numbers) {
    char name[64];
    std::snprintf(name, sizeof name, "measurement_%08u.pgm", number);
    const prs::UniqueFd file(::openat(fd.get(), name, O_WRONLY | O_CREAT, 0644));
    if (!file) throw prs::system_error("cannot make", folder + "/" + name, errno);
  }
  prs::open_file(folder + "/" + complete_mark, O_WRONLY | O_CREAT);
}

void report(const char* what, double seconds, double start_mb, std::uint64_t files, double finished_mb) {
  std::printf("%-22s %7.3f s  %9.0f files/s  peak %7.1f MB (%.1f MB before)  finished %6.1f MB, %5.1f bytes a file\n",
              what, seconds, static_cast<double>(files) / seconds, peak_mb(), start_mb, finished_mb,
              finished_mb * 1e6 / static_cast<double>(files));
}

void measure_plan(const Settings& settings, const std::string& folder) {
  const double start_mb = peak_mb();
  const auto start = prs::Clock::now();
  prs::FilePlan::Options options;
  options.files_per_mini_batch = settings.files_per_mini_batch;
  const prs::FilePlan plan = prs::FilePlan::make({{"files", {folder}}}, options);
  const double seconds = prs::seconds_of(prs::Clock::now() - start);
  if (plan.item_count() != settings.files) throw prs::InfrastructureError("the plan has another number of files");
  report("prs::FilePlan", seconds, start_mb, plan.item_count(), static_cast<double>(plan.memory_bytes()) / 1e6);
}

void measure_plain(const Settings& settings, const std::string& folder) {
  const double start_mb = peak_mb();
  const auto start = prs::Clock::now();
  std::vector<std::string> paths;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && entry.path().filename().native()[0] != '.') paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  const double seconds = prs::seconds_of(prs::Clock::now() - start);
  if (paths.size() != settings.files) throw prs::InfrastructureError("the list has another number of files");
  report("vector<string>, sorted", seconds, start_mb, paths.size(), static_cast<double>(::mallinfo2().uordblks) / 1e6);
}

/// This program again, so that nothing that making the files took counts.
void run_fresh(const Settings& settings, const std::string& role) {
  const std::string files = std::to_string(settings.files), size = std::to_string(settings.files_per_mini_batch);
  const pid_t child = ::fork();
  if (child == 0) {
    ::execl("/proc/self/exe", "plan_files", files.c_str(), "--folder", settings.folder.c_str(),
            "--files-per-mini-batch", size.c_str(), "--role", role.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child || status != 0)
    throw prs::InfrastructureError("the measured process '" + role + "' failed");
}

int run(const Settings& settings) {
  const std::string folder = settings.folder + "/prs-plan-files-" + std::to_string(settings.files);
  if (settings.role == "plan") {
    measure_plan(settings, folder);
  } else if (settings.role == "plain") {
    measure_plain(settings, folder);
  } else {
    fill(settings, folder);
    for (int repetition = 0; repetition < 3; ++repetition) {
      run_fresh(settings, "plan");
      run_fresh(settings, "plain");
    }
    if (!settings.keep) fs::remove_all(folder);
  }
  return 0;
}
}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  CLI::App app("Time and memory to plan N files in one folder");
  app.add_option("files", settings.files, "how many files")->check(CLI::Range(1u, 100'000'000u));
  app.add_option("--folder", settings.folder, "where the folder with the files is made");
  app.add_option("--files-per-mini-batch", settings.files_per_mini_batch)->check(CLI::PositiveNumber);
  app.add_flag("--keep", settings.keep, "leave the files for the next run");
  app.add_option("--role", settings.role)->group("");
  CLI11_PARSE(app, argc, argv);
  try {
    return run(settings);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "plan_files: %s\n", error.what());
    return 1;
  }
}
