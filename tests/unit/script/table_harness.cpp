#include "tests/unit/script/table_harness.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "support/proc_text.hpp"
#include "support/process_stat.hpp"

namespace prs::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* played_reader = R"(
import time
class TableError(Exception):
    pass
class TableReader:
    def __init__(self, schema):
        self.schema = schema
    def frame_of_pieces(self, memory, input, pieces, partition_values):
        path, byte_offset, _, _, header, _ = pieces[0]
        lines = bytes(memory).decode().splitlines()
        for line in lines:
            if line.startswith('load:'):
                exec(line[5:], {'TableError': TableError, 'memory': memory, 'path': path, 'byte_offset': byte_offset, 'header': header})
        return lines
    def rows_frame(self, input, pieces, partition_values=None):
        if any(begin == end for path, begin, end in pieces):
            raise TableError('no rows')
        if pieces[0][0] == 'hang':
            time.sleep(1000)
        return [f'{path}:{row}' for path, begin, end in pieces for row in range(begin, end)]
)";

/// The host's own files, with the played reader among them.
std::string python_with_played_reader(const std::string& folder) {
  const std::string copy = folder + "/python";
  fs::copy(PRS_TEST_PYTHON_FOLDER, copy, fs::copy_options::recursive);
  std::ofstream(copy + "/prs_tables.py") << played_reader;
  return copy;
}

ScriptSettings& with_tables(ScriptSettings& settings) {
  settings.python_folder = python_with_played_reader(fs::path(settings.files.run_folder).parent_path());
  settings.tables.loader_program = PRS_TEST_LOADER;
  settings.tables.inputs = {TableOptions()};
  settings.tables.inputs.front().header = HeaderMode::no_header;
  settings.tables.schema = "{}";
  return settings;
}

}  // namespace

TableHarness::TableHarness(const std::string& script, const std::function<void(ScriptSettings&)>& change)
    : DriverHarness(script, [&change](ScriptSettings& settings) { change(with_tables(settings)); }) {}

Task TableHarness::piece(std::uint64_t index, const std::string& file, std::uint64_t begin, std::uint64_t end) const {
  return {{index}, 1, TableItems{0, {{folder.path(file), begin, end, 0}}}};
}

void TableHarness::give_lines(std::uint64_t index, const std::string& lines) {
  const std::string file = "table" + std::to_string(index);
  folder.write(file, lines);
  give_piece(index, file, 0, lines.size());
}

int TableHarness::loader() const {
  for (const int pid : processes_with(folder.path()))
    if (proc_text(process_file(pid, "comm")).value_or("").starts_with("prs_loader")) return pid;
  return 0;
}

int TableHarness::wait_for_loader() {
  int pid = 0;
  run_until([&] { return (pid = loader()) != 0; });
  return pid;
}

std::size_t tables_in_memory() {
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    count += fs::read_symlink(entry.path(), gone).string().find("prs_table") != std::string::npos ? 1 : 0;
  }
  return count;
}

std::size_t open_descriptors() {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()));
}

}  // namespace prs::test
