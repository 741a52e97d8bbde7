#include "farm/parquet_footers.hpp"

#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "farm/python_question.hpp"
#include "model/path_list.hpp"
#include "support/errors.hpp"
#include "support/little_endian.hpp"
#include "support/posix_io.hpp"
#include "support/temporary_folder.hpp"

namespace prs {
namespace {

/// In place of a number of row groups.
constexpr std::uint64_t unreadable = UINT64_MAX;

/// The file with the answer: for each table file the number of its row groups (u64, little-endian), or `unreadable`;
/// then rows and bytes of each group (u64 each).
class FooterFile {
 public:
  explicit FooterFile(const std::string& path) : stream_(path, std::ios::binary) {}

  Footer next() {
    groups_.clear();
    const std::uint64_t count = number();
    if (count == unreadable) return {{}, false};
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t rows = number();
      groups_.push_back({rows, number()});
    }
    return {groups_, true};
  }

 private:
  std::uint64_t number() {
    std::array<char, 8> bytes;
    if (!stream_.read(bytes.data(), bytes.size()))
      throw InfrastructureError("the interpreter that was asked for the row groups of the inputs left half an answer");
    return get_little_endian<8>(bytes.data());
  }

  std::ifstream stream_;
  std::vector<RowGroup> groups_;
};

}  // namespace

void read_parquet_footers(std::string_view paths, const std::function<void(const Footer&)>& on_file,
                          const ScriptSettings& settings, const std::function<void()>& while_waiting) {
  const TemporaryFolder folder("/tmp");  // which containers share with their host
  const std::string request = folder.file("paths"), answer = folder.file("row_groups");
  write_file_atomically(request, paths);
  ask_python({"prs_parquet_plan.py",
              {request, answer},
              "the row groups of the inputs could not be read",
              TimePoint::max(),
              "inputs",
              while_waiting},
             settings);
  FooterFile footers(answer);
  for (auto path = PathList(paths).begin(); path != PathList(paths).end(); ++path) on_file(footers.next());
}

}  // namespace prs
