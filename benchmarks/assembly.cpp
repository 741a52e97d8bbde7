/// How fast are rows put together, against `cp` of the same bytes?
/// Makes parts as workers do, then puts them together as the end of a run does, one process for each worker, all bytes
/// checked and synced; beside it `cp` copies the parts, and they are synced. In turns, each with a cold page cache.

#include "output/assembly.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "output/assembly_shares.hpp"
#include "output/final_file.hpp"
#include "output/part_writer.hpp"
#include "support/clock.hpp"
#include "support/errors.hpp"
#include "support/posix_io.hpp"

namespace {
namespace fs = std::filesystem;

struct Settings {
  double gigabytes = 10;
  std::uint64_t rows_bytes = 1 << 20;  ///< of one mini-batch
  std::uint32_t workers = 2;
  int pairs = 3;
  bool is_warm = false;
  std::string folder = fs::temp_directory_path();
};

/// Shares go to whichever process has none, as rank 0 does it.
class SharedCounter {
 public:
  SharedCounter()
      : count_(static_cast<std::atomic<std::size_t>*>(
            ::mmap(nullptr, sizeof(*count_), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {}
  ~SharedCounter() { ::munmap(count_, sizeof(*count_)); }
  SharedCounter(const SharedCounter&) = delete;
  SharedCounter& operator=(const SharedCounter&) = delete;
  std::size_t take() { return (*count_)++; }

 private:
  std::atomic<std::size_t>* count_;  ///< zero, as a new page is
};

class Bench {
 public:
  explicit Bench(const Settings& settings) : settings_(settings), folder_(settings.folder + "/prs-bench-assembly") {
    fs::remove_all(folder_);
    for (const char* name : {"/parts", "/copy"}) prs::make_folders(folder_ + name);
    const std::uint64_t free = fs::space(folder_).available;
    if (static_cast<double>(free) < 2.2e9 * settings.gigabytes)
      throw prs::InfrastructureError("too little room in " + folder_ + ": twice the parts are needed, and some more");
  }
  ~Bench() { fs::remove_all(folder_); }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  void run() {
    make_parts();
    std::vector<double> ratios;
    for (int pair = 0; pair < settings_.pairs; ++pair) {
      double assembly = 0;
      double copy = 0;
      for (const bool is_copy : {pair % 2 == 0, pair % 2 != 0})
        (is_copy ? copy : assembly) = is_copy ? seconds_of_copy() : seconds_of_assembly();
      ratios.push_back(copy / assembly);
      std::printf("assembly %6.2f s %7.0f MB/s    cp %6.2f s %7.0f MB/s    ratio of the rates %.2f\n", assembly,
                  megabytes() / assembly, copy, megabytes() / copy, ratios.back());
      std::fflush(stdout);
    }
    std::sort(ratios.begin(), ratios.end());
    std::printf("median ratio %.2f\n", ratios[ratios.size() / 2]);
  }

 private:
  double megabytes() const { return static_cast<double>(settings_.rows_bytes * stretches_.size()) / 1e6; }
  std::string part(std::uint32_t number) const { return folder_ + "/parts/" + std::to_string(number) + ".rows"; }

  void make_parts() {
    const auto count =
        static_cast<std::uint64_t>(settings_.gigabytes * 1e9 / static_cast<double>(settings_.rows_bytes));
    std::mt19937_64 random(1);
    std::string rows(settings_.rows_bytes + (1 << 16), '\0');
    for (char& byte : rows) byte = static_cast<char>(random());
    prs::IoThread io;
    std::vector<std::unique_ptr<prs::PartWriter>> writers;
    for (std::uint32_t i = 0; i < settings_.workers; ++i)
      writers.push_back(std::make_unique<prs::PartWriter>(io, part(i + 1), i + 1));
    for (std::uint64_t i = 0; i < count; ++i) {
      prs::PartWriter& writer = *writers[random() % writers.size()];
      writer.add(std::string_view(rows).substr(random() % (1 << 16), settings_.rows_bytes));
      stretches_.push_back(writer.end_try());
      while (io.backlog_bytes() > (64 << 20)) std::this_thread::yield();
    }
    for (const auto& writer : writers) writer->submit();
    io.finish();
    if (const auto failure = io.failure()) throw prs::InfrastructureError(*failure);
    std::printf("%.1f GB in %u parts, %zu mini-batches of %llu bytes, page cache %s\n", megabytes() / 1e3,
                settings_.workers, stretches_.size(), static_cast<unsigned long long>(settings_.rows_bytes),
                settings_.is_warm ? "warm" : "cold");
  }

  /// What came before is on the disk, and nothing of the parts is in memory.
  void settle() const {
    ::sync();
    if (settings_.is_warm) return;
    for (std::uint32_t i = 1; i <= settings_.workers; ++i)
      ::posix_fadvise(prs::open_file(part(i), O_RDONLY).get(), 0, 0, POSIX_FADV_DONTNEED);
  }

  static pid_t in_child(const std::function<int()>& work) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(work());
    return child;
  }
  static void wait_for(pid_t child) {
    int status = 0;
    ::waitpid(child, &status, 0);
    if (status != 0) throw prs::InfrastructureError("a process of the benchmark failed");
  }

  prs::AssemblyLayout::Stretches rows() const {
    return [this](std::uint64_t begin, std::uint64_t end) {
      return std::vector<prs::Stretch>(stretches_.begin() + static_cast<std::ptrdiff_t>(begin),
                                       stretches_.begin() + static_cast<std::ptrdiff_t>(end));
    };
  }

  /// A worker's part of it, with the messages that rank 0 makes.
  bool write(prs::AssemblyShares& shares, std::size_t share, const std::string& file) const {
    const auto part_path = [this](std::uint32_t number) { return part(number); };
    for (std::size_t step = 0;; ++step) {
      const std::string message = shares.step(share, step);
      if (message.empty()) return true;
      if (!prs::write_share(prs::assembly_share_of(message), file, part_path, [] {}).empty()) return false;
    }
  }

  double seconds_of_assembly() const {
    settle();
    const auto begun = prs::Clock::now();
    prs::AssemblyLayout layout(stretches_.size(), "");
    for (std::size_t i = 0; i < stretches_.size(); ++i) layout.add({i}, stretches_[i]);
    prs::AssemblyShares shares(layout, rows(), prs::split_assembly({{0, layout.total_bytes()}}, settings_.workers),
                               settings_.workers);
    prs::FinalFile file(folder_ + "/rows.txt", "1");
    file.begin(layout.total_bytes(), "");
    SharedCounter next_share;
    std::vector<pid_t> children;
    for (std::uint32_t worker = 0; worker < settings_.workers; ++worker)
      children.push_back(in_child([&] {
        for (std::size_t share; (share = next_share.take()) < shares.size();)
          if (!write(shares, share, file.building_path())) return 1;
        return 0;
      }));
    std::for_each(children.begin(), children.end(), wait_for);
    file.finish();
    const double seconds = prs::seconds_of(prs::Clock::now() - begun);
    fs::remove(file.path());
    return seconds;
  }

  double seconds_of_copy() const {
    settle();
    const auto begun = prs::Clock::now();
    wait_for(in_child([&] {
      return ::execlp("cp", "cp", "-r", (folder_ + "/parts").c_str(), (folder_ + "/copy").c_str(), nullptr);
    }));
    for (const auto& copy : fs::recursive_directory_iterator(folder_ + "/copy"))
      if (copy.is_regular_file()) prs::sync_file(prs::open_file(copy.path(), O_WRONLY).get(), copy.path());
    const double seconds = prs::seconds_of(prs::Clock::now() - begun);
    fs::remove_all(folder_ + "/copy/parts");
    return seconds;
  }

  Settings settings_;
  std::string folder_;
  std::vector<prs::Stretch> stretches_;
};

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  CLI::App app("Putting rows together, against cp of the same bytes.");
  app.add_option("--gigabytes", settings.gigabytes, "of rows; twice as much room is taken")->capture_default_str();
  app.add_option("--rows-bytes", settings.rows_bytes, "of each mini-batch")->capture_default_str();
  app.add_option("--workers", settings.workers, "processes that put rows together, and parts")->capture_default_str();
  app.add_option("--pairs", settings.pairs)->capture_default_str();
  app.add_flag("--warm", settings.is_warm, "the parts stay in memory as far as they fit");
  app.add_option("--folder", settings.folder, "where to work")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    Bench(settings).run();
  } catch (const prs::InfrastructureError& error) {
    std::fprintf(stderr, "bench_assembly: %s\n", error.what());
    return 3;
  }
  return 0;
}
