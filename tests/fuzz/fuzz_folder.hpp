#pragma once

#include <fstream>
#include <string>
#include <string_view>

#include "support/temporary_folder.hpp"
#include "tests/fastest_folder.hpp"

namespace prs::fuzz {

/// A folder of the target's own, gone at its end; every input is written there.
class FuzzFolder : public TemporaryFolder {
 public:
  FuzzFolder() : TemporaryFolder(fastest_folder()) {}
  void write(const std::string& name, std::string_view bytes) const {
    std::ofstream(file(name), std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
};

}  // namespace prs::fuzz
