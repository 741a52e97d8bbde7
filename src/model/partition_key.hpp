#pragma once

#include <string>

namespace prs {

/// One of the run's `partition_keys` (rule 3.6). Its values are texts; those of a date are such as
/// `2024-01-31T00:00:00`, and a script gets a datetime.
struct PartitionKey {
  std::string name;
  bool is_date = false;
  bool operator==(const PartitionKey&) const = default;
};

}  // namespace prs
