#include "farm/hdf5_output.hpp"

#include <fcntl.h>

#include <atomic>
#include <nlohmann/json.hpp>

#include "farm/host_settings.hpp"
#include "farm/python_question.hpp"
#include "support/posix_io.hpp"

namespace prs {
namespace {

/// The root group comes first, and what is said of it.
constexpr std::uint64_t look_bytes = 64 << 10;
constexpr std::string_view file_begin = "\x89HDF\r\n\x1a\n";

/// The run was ended meanwhile.
struct Ended {};

/// False: `is_ending` came true before it was whole.
bool make_file(const ProgramQuestion& question, const ScriptSettings& settings) {
  try {
    ask_program(question, settings);
  } catch (const UserError& error) {
    throw columns_not_made(error);
  } catch (const Ended&) {
    return false;
  }
  return true;
}

}  // namespace

std::optional<std::uint64_t> Hdf5Output::make(const Rows& rows) {
  std::optional<std::uint64_t> bytes;
  std::atomic<bool> is_ending{false};
  const ProgramQuestion question{hdf5_output_program(),
                                 {rows.path, file_.building_path(), mark_of_rows(rows.layout.identity())},
                                 "the HDF5 file could not be made",
                                 TimePoint::max(),
                                 "the output",
                                 [&is_ending] {
                                   if (is_ending) throw Ended();
                                 }};
  const ScriptSettings settings = foreground_settings(parts_.config, parts_.interpreter, parts_.config.run_folder());
  parts_.disk.aside(
      "making the file of columns",
      [&] {
        parts_.lease.expect_held();
        if (make_file(question, settings)) bytes = stamp_of(file_.building_path()).value().length_bytes;
      },
      [&] { is_ending = true; });
  return parts_.master.ending() ? std::nullopt : bytes;
}

bool is_hdf5_output_of(const std::string& path, std::uint64_t layout) {
  std::string bytes(look_bytes, '\0');
  bytes.resize(pread_some(open_file(path, O_RDONLY).get(), bytes, 0, path));
  return bytes.starts_with(file_begin) && bytes.find(mark_of_rows(layout)) != std::string::npos;
}

}  // namespace prs
