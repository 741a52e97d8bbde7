#include "dataset/path_merge.hpp"

#include <algorithm>
#include <cstring>

namespace prs {
namespace {
constexpr std::size_t release_step_bytes = 1 << 20;

struct Cursor {
  const char* next;
  const char* end;
  const char* released;
};

/// For a heap with the lowest path in front.
bool comes_later(const Cursor& a, const Cursor& b) {
  return std::strcmp(a.next, b.next) > 0;
}

/// Appends the path unless it was the last one appended, which begins at `last`.
void append_once(GrowingArray<char>& merged, std::size_t& last, const char* path, std::size_t length_bytes) {
  if (!merged.empty() && std::strcmp(merged.data() + last, path) == 0) return;
  last = merged.size();
  merged.append(path, length_bytes);
}
}  // namespace

GrowingArray<char> merge_runs(GrowingArray<char> paths, const std::vector<SortedRun>& runs, Pulse& pulse) {
  std::vector<Cursor> heap;
  for (const SortedRun& run : runs)
    if (run.begin < run.end)
      heap.push_back({paths.data() + run.begin, paths.data() + run.end, paths.data() + run.begin});
  std::make_heap(heap.begin(), heap.end(), comes_later);
  GrowingArray<char> merged;
  std::size_t last = 0;
  while (!heap.empty()) {
    pulse.entry();
    std::pop_heap(heap.begin(), heap.end(), comes_later);
    Cursor& cursor = heap.back();
    const std::size_t length_bytes = std::strlen(cursor.next) + 1;
    append_once(merged, last, cursor.next, length_bytes);
    cursor.next += length_bytes;
    if (cursor.next - cursor.released > static_cast<std::ptrdiff_t>(release_step_bytes)) {
      paths.release(static_cast<std::size_t>(cursor.released - paths.data()),
                    static_cast<std::size_t>(cursor.next - paths.data()));
      cursor.released = cursor.next;
    }
    if (cursor.next == cursor.end)
      heap.pop_back();
    else
      std::push_heap(heap.begin(), heap.end(), comes_later);
  }
  return merged;
}

}  // namespace prs
