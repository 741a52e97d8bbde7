#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>
#include <utility>

#include "support/unique_fd.hpp"

namespace prs {

/// A file that whoever opens it to write waits for, as on a disk that hangs, until it is let go, at its end at the
/// latest.
class StuckFile {
 public:
  explicit StuckFile(std::string path) : path_(std::move(path)) { EXPECT_EQ(::mkfifo(path_.c_str(), 0600), 0); }
  ~StuckFile() { let_go(); }
  StuckFile(const StuckFile&) = delete;
  StuckFile& operator=(const StuckFile&) = delete;
  const std::string& path() const { return path_; }
  void let_go() {
    if (!reader_) reader_.reset(::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  }

 private:
  std::string path_;
  UniqueFd reader_;
};

}  // namespace prs
