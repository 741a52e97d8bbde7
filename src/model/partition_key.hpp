#pragma once

#include <string>

namespace prs {

/// A part of the paths that is a column of the run's tables, and as one of `partition_keys` is common to all of a
/// mini-batch (rule 3.6). Its values are texts; those of a date are such as
/// `2024-01-31T00:00:00`, and a script gets a datetime.
struct PartitionKey {
  std::string name;
  bool is_date = false;
  bool is_chosen = true;  ///< in `partition_keys`: scripts find it in their context, too (rule 4.2)
  bool operator==(const PartitionKey&) const = default;
};

}  // namespace prs
