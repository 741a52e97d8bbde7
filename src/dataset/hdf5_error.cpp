#include "dataset/hdf5_error.hpp"

#include <hdf5.h>

namespace prs {
namespace {
/// The first line with a text: the library begins with the place that found the error.
herr_t keep_first(unsigned, const H5E_error2_t* line, void* kept) {
  std::string& text = *static_cast<std::string*>(kept);
  if (text.empty() && line->desc != nullptr) text = line->desc;
  return 0;
}
}  // namespace

Hdf5Error Hdf5Place::error(Hdf5Problem problem, const std::string& what) const {
  return {problem, file + ": " + (dataset.empty() ? "" : "dataset '" + dataset + "': ") + what};
}

Hdf5Error Hdf5Place::library_error(const std::string& what) const {
  return error(Hdf5Problem::damaged, what + ": " + hdf5_complaint() +
                                         "; the file may be damaged or not whole: h5dump shows what is readable");
}

std::string hdf5_complaint() {
  std::string text;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &text);
  return text.empty() ? "the HDF5 library does not say why" : text;
}

void silence_hdf5() {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

}  // namespace prs
