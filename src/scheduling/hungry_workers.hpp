#pragma once

#include <cstddef>
#include <list>
#include <optional>
#include <vector>

#include "model/ids.hpp"

namespace prs {

/// The workers that have room for work and got none, those that hold nothing apart from those that hold some. The
/// Dispatcher's only. Every call takes constant time: with thousands of workers a queue that is searched would be most
/// of rank 0's work.
class HungryWorkers {
 public:
  /// `workers`: the highest id.
  explicit HungryWorkers(std::uint32_t workers) : places_(workers + 1) {}
  /// Behind the others; one that is in already keeps its place, unless it has become idle.
  void add(WorkerId worker, bool is_idle);
  void remove(WorkerId worker);
  bool is_empty() const { return idle_.empty() && others_.empty(); }
  bool has_idle() const { return !idle_.empty(); }
  std::size_t idle() const { return idle_.size(); }
  /// There is one besides this worker.
  bool has_other(WorkerId than) const;
  /// Takes one out: an idle one before one that holds something, and only as the last choice `not_gladly`.
  WorkerId take(WorkerId not_gladly);
  /// Takes an idle one out, if there is one; `not_gladly` only as the last choice.
  std::optional<WorkerId> take_idle(WorkerId not_gladly);

 private:
  using List = std::list<WorkerId>;
  struct Place {
    List* list = nullptr;  ///< null: not hungry
    List::iterator at;
  };
  std::optional<WorkerId> take_from(List& list, WorkerId but);

  List idle_, others_;
  std::vector<Place> places_;  ///< by worker
};

}  // namespace prs
