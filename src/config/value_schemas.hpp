#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/values.hpp"

namespace prs {

// What a key's value may be, as a JSON Schema of draft 2020-12 in JSON: the option table's, for `prs_mpi schema`. Each
// takes all that the reader of that kind takes. Where a reader takes less than a schema can say, the schema is the
// wider one: an editor must not call a mistake what is none. That null is absent is added to all of them
// (config/schema).

std::string integer_schema(std::int64_t least);
std::string number_schema(const NumberRange& range);
std::string boolean_schema();
/// A scalar, which is read as it is written.
std::string text_schema();
/// The same, and not empty.
std::string name_schema();
/// One of these, any case; editors offer them as they are written here.
std::string choice_schema(const std::vector<std::string>& choices);
/// The same, or true or false.
std::string choice_or_boolean_schema(const std::vector<std::string>& choices);
std::string list_schema();
/// Names, or one name.
std::string names_schema();
/// The same, where one may be empty.
std::string texts_schema();
std::string mapping_schema();
/// A mapping whose values are what `definition` says, or with an empty one paths; of each.
std::string named_schema(const std::string& definition);
std::string text_or_schema(const std::string& definition);
std::string list_of_schema(const std::string& definition);
std::string mini_batch_size_schema();
std::string partition_keys_schema();
std::string row_file_name_schema();
/// A mapping, or a name.
std::string environment_schema();

}  // namespace prs
