#include "dataset/name_stack.hpp"

#include <cstring>

namespace prs {
namespace {
constexpr std::size_t key_bytes = 8;

/// The first eight bytes as a number that orders as they do; zeros follow the end of the name.
std::uint64_t key_of(const char* name) {
  std::uint64_t key = 0;
  for (std::size_t i = 0; i < key_bytes; ++i) {
    const auto byte = static_cast<unsigned char>(*name);
    key = key << 8 | byte;
    if (byte != 0) ++name;
  }
  return key;
}

/// A key whose last byte is 0 holds the whole rest of the name.
bool is_whole(std::uint64_t key) {
  return (key & 0xff) == 0;
}
}  // namespace

void NameStack::push(std::string_view name, bool is_folder) {
  const std::size_t start = bytes_.size();
  bytes_.append(name.data(), name.size());
  if (is_folder) bytes_.push('/');
  bytes_.push('\0');
  names_.push({0, start});
}

std::size_t NameStack::shared_beginning(std::size_t first) const {
  const char* const model = name(first);
  std::size_t length = std::strlen(model);
  for (std::size_t i = first + 1; i < size() && length > 0; ++i) {
    const char* const other = name(i);
    std::size_t equal = 0;
    while (equal < length && other[equal] == model[equal]) ++equal;
    length = equal;
  }
  return length;
}

void NameStack::sort_from(std::size_t first) {
  if (first == size()) return;
  // Names of one folder tend to begin alike, so that the eight bytes behind that decide nearly every comparison.
  const std::size_t shared = shared_beginning(first);
  const auto rest = [&](const Name& name) { return bytes_.data() + name.start + shared + key_bytes; };
  Name* const begin = names_.data() + first;
  Name* const end = names_.data() + size();
  for (Name* name = begin; name != end; ++name) name->key = key_of(bytes_.data() + name->start + shared);
  std::sort(begin, end, [&](const Name& a, const Name& b) {
    if (a.key != b.key) return a.key < b.key;
    return !is_whole(a.key) && std::strcmp(rest(a), rest(b)) < 0;
  });
  Name* const end_of_unique = std::unique(begin, end, [&](const Name& a, const Name& b) {
    return a.key == b.key && (is_whole(a.key) || std::strcmp(rest(a), rest(b)) == 0);
  });
  names_.truncate(first + static_cast<std::size_t>(end_of_unique - begin));
}

void NameStack::pop_to(Mark mark) {
  names_.truncate(mark.names);
  bytes_.truncate(mark.bytes);
}

}  // namespace prs
