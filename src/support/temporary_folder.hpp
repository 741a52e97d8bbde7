#pragma once

#include <string>

namespace prs {

/// A private folder, with all that is in it gone at the end: of the program where it needs one, and of every test.
class TemporaryFolder {
 public:
  TemporaryFolder();  ///< in the temporary directory
  explicit TemporaryFolder(const std::string& parent);
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace prs
