#pragma once

#include <optional>
#include <string>

#include "config/notes.hpp"

namespace prs {

/// `${VAR}` and a leading `~` filled in (rule 2.5); `$${` stands for a literal `${`, and `./~` for a name that begins
/// with `~`. What cannot be filled in is a mistake.
std::optional<std::string> expanded_path(const std::string& text, const SourcePlace& place, Notes& notes);

/// `path` as seen from `folder`, without `.` and `..` where they can be taken out without changing which file is meant.
std::string absolute_path(const std::string& folder, const std::string& path);
/// The absolute folder that a file lies in; of the working directory where the path has none.
std::string folder_of(const std::string& file);
std::string working_folder();
/// An absolute path as people know it: relative to the working folder where it lies in there.
std::string path_for_people(const std::string& path);

/// The text that a file in `folder` needs to name the same path; with `is_relative`, relative to it.
/// The opposite of expanded_path() and absolute_path().
std::string path_text(const std::string& path, const std::string& folder, bool is_relative);
/// `${` and a leading `~` made literal, so that expanded_path() gives the same text again.
std::string escaped_path(const std::string& path);

/// The file that an entry script's text names: a path, or where that is no file, a dotted module (rule 4.1).
std::string entry_script_file(const std::string& folder, const std::string& entry_script);

bool is_folder(const std::string& path);
bool is_file(const std::string& path);

}  // namespace prs
