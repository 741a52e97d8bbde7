#include "dataset/hdf5_search.hpp"

#include <set>
#include <string>
#include <vector>

#include "dataset/hdf5_file.hpp"
#include "dataset/hdf5_type.hpp"

namespace prs {
namespace {
constexpr int deepest_group = 100;
constexpr std::size_t most_objects_named = 8;

bool is_of_pandas(hid_t object) {
  return H5Aexists(object, "pandas_type") > 0;
}

Hdf5Error pandas_error(const Hdf5Place& place) {
  return place.error(Hdf5Problem::unsupported,
                     "was written by pandas' to_hdf, whose layouts only pandas reads; write the DataFrame as Parquet "
                     "(frame.to_parquet), or each column by h5py: file['column'] = frame['column']");
}

struct Listed {
  std::string path;
  std::vector<hsize_t> dimensions;
  bool is_column = false;  ///< 1-D, and no compound
  bool is_of_pandas = false;

  std::string text() const {
    std::string sizes;
    for (const hsize_t extent : dimensions) sizes += (sizes.empty() ? "" : " × ") + std::to_string(extent);
    return "'" + path + "' (" + (is_of_pandas ? "pandas' to_hdf" : sizes.empty() ? "one value" : sizes) + ")";
  }
};

/// What a file has: every dataset once, below groups too. What cannot be opened is left out: it is not what is wanted.
class Listing {
 public:
  explicit Listing(hid_t file) {
    const Hdf5Handle root(H5Oopen(file, "/", H5P_DEFAULT), H5Oclose);
    if (root) add_group(root.get(), "/", 0);
  }
  const std::vector<Listed>& objects() const { return objects_; }
  bool has_groups() const { return has_groups_; }

  std::string text() const {
    if (objects_.empty()) return "it has no dataset";
    std::string text = "it has ";
    for (std::size_t i = 0; i < objects_.size() && i < most_objects_named; ++i)
      text += (i == 0 ? "" : ", ") + objects_[i].text();
    if (objects_.size() <= most_objects_named) return text;
    return text + " and " + std::to_string(objects_.size() - most_objects_named) + " more";
  }

 private:
  void add_group(hid_t group, const std::string& prefix, int depth) {
    std::vector<Hdf5Link> links;
    try {
      links = hdf5_links(group, {});
    } catch (const Hdf5Error&) {
      return;
    }
    for (const Hdf5Link& link : links) {
      if (!link.is_hard) continue;
      const Hdf5Handle object(H5Oopen(group, link.name.c_str(), H5P_DEFAULT), H5Oclose);
      if (!object || !is_new(object.get())) continue;
      const H5I_type_t kind = H5Iget_type(object.get());
      if (kind == H5I_DATASET) add_dataset(object.get(), prefix + link.name);
      if (kind != H5I_GROUP) continue;
      has_groups_ = true;
      if (is_of_pandas(object.get()))
        objects_.push_back({prefix + link.name, {}, false, true});
      else if (depth < deepest_group)
        add_group(object.get(), prefix + link.name + "/", depth + 1);
    }
  }

  /// A thing may have several names, and a group may be in itself.
  bool is_new(hid_t object) {
    H5O_info_t info;
    return H5Oget_info(object, &info) >= 0 && addresses_.insert(info.addr).second;
  }

  void add_dataset(hid_t dataset, std::string path) {
    const Hdf5Handle space(H5Dget_space(dataset), H5Sclose), type(H5Dget_type(dataset), H5Tclose);
    const int rank = space ? H5Sget_simple_extent_ndims(space.get()) : -1;
    if (rank < 0 || !type) return;
    Listed listed{std::move(path), std::vector<hsize_t>(static_cast<std::size_t>(rank)), false, false};
    if (rank > 0) H5Sget_simple_extent_dims(space.get(), listed.dimensions.data(), nullptr);
    listed.is_column = rank == 1 && !is_hdf5_record(type.get());
    objects_.push_back(std::move(listed));
  }

  std::vector<Listed> objects_;
  std::set<haddr_t> addresses_;
  bool has_groups_ = false;
};

bool are_columns(const Listing& listing) {
  if (listing.has_groups() || listing.objects().empty()) return false;
  for (const Listed& object : listing.objects())
    if (!object.is_column || object.dimensions != listing.objects().front().dimensions) return false;
  return true;
}

Hdf5Found only_one(hid_t file, const Hdf5Place& place) {
  const Listing listing(file);
  if (are_columns(listing)) return {place.of("/"), true};
  if (listing.objects().size() == 1) {
    const Listed& object = listing.objects().front();
    if (object.is_of_pandas) throw pandas_error(place.of(object.path));
    return {place.of(object.path), false};
  }
  if (listing.objects().empty()) throw place.error(Hdf5Problem::not_found, "has no dataset that can be opened");
  throw place.error(Hdf5Problem::unclear, "which dataset is meant? Name it with 'dataset:'; " + listing.text());
}

/// The paths of what is on the way to it, and its own: "/a", "/a/b".
std::vector<std::string> steps_to(const std::string& path) {
  std::vector<std::string> steps;
  for (std::size_t end = path.find_first_not_of('/'); end < path.size();) {
    end = path.find('/', end);
    steps.push_back(path.substr(0, end));
    end = path.find_first_not_of('/', end);
  }
  return steps;
}

/// The library asks each one on the way for itself.
bool is_there(hid_t file, const std::string& path) {
  for (const std::string& step : steps_to(path))
    if (H5Lexists(file, step.c_str(), H5P_DEFAULT) <= 0) return false;
  return true;
}

Hdf5Found named(hid_t file, const Hdf5Place& place) {
  if (!is_there(file, place.dataset))
    throw place.error(Hdf5Problem::not_found, "the file has none of this name; " + Listing(file).text());
  for (const std::string& step : steps_to(place.dataset))
    if (H5Aexists_by_name(file, step.c_str(), "pandas_type", H5P_DEFAULT) > 0) throw pandas_error(place.of(step));
  const Hdf5Handle object(H5Oopen(file, place.dataset.c_str(), H5P_DEFAULT), H5Oclose);
  if (!object) throw place.library_error("cannot be opened");
  const H5I_type_t kind = H5Iget_type(object.get());
  if (kind != H5I_DATASET && kind != H5I_GROUP)
    throw place.error(Hdf5Problem::unsupported, "is neither a dataset nor a group; " + Listing(file).text());
  return {place, kind == H5I_GROUP};
}
}  // namespace

Hdf5Found find_hdf5_dataset(hid_t file, const Hdf5Place& place) {
  if (place.dataset.empty()) return only_one(file, place);
  return named(file, place);
}

}  // namespace prs
