#include "model/mini_batch_items.hpp"

#include <iterator>

namespace prs {
namespace {

struct NamesOf {
  ItemNames operator()(const FileItems& files) const {
    const PathList paths = files.paths();
    if (paths.is_empty()) return {};
    const auto last = std::prev(paths.end());
    const auto first = paths.begin();
    return {std::string(*first), last == first ? std::string() : std::string(*last)};
  }
};

struct SizeOf {
  std::size_t operator()(const FileItems& files) const { return files.bytes().size(); }
};

}  // namespace

std::uint32_t item_count(const MiniBatchItems& items) {
  return std::visit([](const auto& alternative) { return alternative.count(); }, items);
}

std::size_t size_bytes(const MiniBatchItems& items) {
  return std::visit(SizeOf(), items);
}

ItemNames names_of(const MiniBatchItems& items) {
  return std::visit(NamesOf(), items);
}

}  // namespace prs
