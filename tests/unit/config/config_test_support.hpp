#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "config/run_config.hpp"
#include "support/temporary_folder.hpp"

namespace prs::test {

namespace fs = std::filesystem;

/// A folder with an entry script and data, gone again at the end; also the working folder meanwhile.
class Workplace {
 public:
  Workplace() : before_(fs::current_path()) {
    fs::current_path(folder_);
    write("scripts/digits.py", "def run(mini_batch): return mini_batch\n");
    write("scripts/pkg/letters.py", "def run(mini_batch): return mini_batch\n");
    write("data/labels.txt", "0\n");
  }
  ~Workplace() { fs::current_path(before_); }
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;

  std::string write(const std::string& name, const std::string& text) const {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return name;
  }
  std::string path(const std::string& name = "") const {
    return name.empty() ? folder_.string() : (folder_ / name).string();
  }

 private:
  const fs::path before_;
  const TemporaryFolder temporary_;
  const fs::path folder_ = fs::canonical(temporary_.path());
};

/// What every native config needs, with lines of one's own for the top and for parallel_run_config.
inline std::string native(const std::string& top = "", const std::string& parallel = "") {
  return "inputs: [{name: digits, path: data}]\noutput: out\n" + top +
         "parallel_run_config:\n  entry_script: digits.py\n  source_directory: scripts\n  error_threshold: 10\n"
         "  output_action: append_row\n" +
         parallel;
}

/// All mistakes as lines; empty where there are none.
template <class Load>
std::string mistakes_of(Load load) {
  try {
    load();
    return "";
  } catch (const ConfigurationError& error) {
    return error.what();
  }
}

inline std::string mistakes_in(const Workplace& place, const std::string& text, const ConfigOverrides& overrides = {}) {
  place.write("c.yaml", text);
  return mistakes_of([&] { load_run_config("c.yaml", overrides); });
}

inline RunConfig loaded(const Workplace& place, const std::string& text, const ConfigOverrides& overrides = {}) {
  place.write("c.yaml", text);
  return load_run_config("c.yaml", overrides);
}

/// With what this version cannot run yet.
inline RunConfig read(const Workplace& place, const std::string& text, const ConfigOverrides& overrides = {}) {
  place.write("c.yaml", text);
  return read_run_config("c.yaml", overrides);
}

inline std::string mistakes_of_reading(const Workplace& place, const std::string& text) {
  return mistakes_of([&] { read(place, text); });
}

}  // namespace prs::test
