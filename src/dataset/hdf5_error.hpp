#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace prs {

/// What kind of thing is wrong with an HDF5 file.
enum class Hdf5Problem : std::uint8_t {
  cannot_open,  ///< there is no such file, it may not be read, or it is no HDF5 file
  not_found,    ///< it has no such dataset, group or column
  unclear,      ///< `dataset:` must say which of several is meant
  unsupported,  ///< its data is there, and is of a kind that is not read
  damaged,      ///< the library can make no sense of its bytes
};

/// An HDF5 file that cannot be read as it should be: the user's, told with file, dataset and the next step.
class Hdf5Error : public std::runtime_error {
 public:
  Hdf5Error(Hdf5Problem problem, const std::string& message) : std::runtime_error(message), problem_(problem) {}
  Hdf5Problem problem() const { return problem_; }

 private:
  Hdf5Problem problem_;
};

/// Where something is: a file, and a path in it (empty: the file as a whole). Makes the errors that name it.
struct Hdf5Place {
  std::string file, dataset;

  [[nodiscard]] Hdf5Error error(Hdf5Problem problem, const std::string& what) const;
  /// What the library said last; only right after its failed call, since the next call forgets it.
  [[nodiscard]] Hdf5Error library_error(const std::string& what) const;
  Hdf5Place of(const std::string& path) const { return {file, path}; }
};

/// What the library said last, one line; only right after its failed call, since the next call forgets it.
std::string hdf5_complaint();

/// The library prints nothing by itself from here on. Its errors are taken by library_error.
void silence_hdf5();

}  // namespace prs
