#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <optional>

#include "report/try_rows.hpp"
#include "support/errors.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

/// Copies stretches of files to the end of one; holds one block.
class Joiner {
 public:
  explicit Joiner(const std::string& path) : path_(path), file_(open_anew(path)) {}

  void write(std::string_view bytes) { write_all(file_.get(), bytes, path_); }

  /// The whole lines of a file.
  void add(int from, const std::string& from_path) {
    const std::uint64_t end = end_of_lines(from, from_path);
    for (std::uint64_t offset = 0; offset < end;) {
      const std::span<char> wanted(block_.data(),
                                   static_cast<std::size_t>(std::min<std::uint64_t>(end - offset, block_.size())));
      const std::size_t got = pread_some(from, wanted, offset, from_path);
      if (got == 0) throw InfrastructureError("cannot read: " + from_path + ": it became shorter meanwhile");
      write({block_.data(), got});
      offset += got;
    }
  }

  void sync() { sync_file(file_.get(), path_); }

 private:
  /// Where the last line break of the file ends; 0 where there is none.
  std::uint64_t end_of_lines(int from, const std::string& from_path) {
    struct stat status {};
    if (::fstat(from, &status) != 0) throw system_error("cannot read", from_path, errno);
    constexpr std::uint64_t step = 4096;
    for (auto end = static_cast<std::uint64_t>(status.st_size); end > 0;) {
      const std::uint64_t begin = end > step ? end - step : 0;
      const std::size_t got =
          pread_some(from, {block_.data(), static_cast<std::size_t>(end - begin)}, begin, from_path);
      const std::size_t line_break = std::string_view(block_.data(), got).rfind('\n');
      if (line_break != std::string_view::npos) return begin + line_break + 1;
      end = begin;
    }
    return 0;
  }

  const std::string& path_;
  UniqueFd file_;
  std::vector<char> block_ = std::vector<char>(1 << 20);
};

std::optional<UniqueFd> open_if_there(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd >= 0) return UniqueFd(fd);
  if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
  return open_file(path, O_RDONLY);  // tries once more, and tells
}

}  // namespace

void join_try_rows(const std::vector<std::string>& files, const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  if (!folder.empty()) make_folders(folder);
  const std::string beside = path + ".part";
  {
    Joiner joiner(beside);
    joiner.write(try_row_header());
    for (const std::string& file : files)
      if (const auto from = open_if_there(file)) joiner.add(from->get(), file);
    joiner.sync();
  }
  if (::rename(beside.c_str(), path.c_str()) != 0) throw system_error("cannot rename", path, errno);
  sync_folder(folder);
}

}  // namespace prs
