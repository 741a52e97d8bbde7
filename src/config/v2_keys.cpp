#include "config/v2_keys.hpp"

namespace prs {
namespace {

constexpr V2Key keys[] = {
    {"", "mini_batch_size", V2Use::renamed, "mini_batch_size"},
    {"", "partition_keys", V2Use::renamed, "partition_keys"},
    {"", "error_threshold", V2Use::renamed, "error_threshold"},
    {"", "mini_batch_error_threshold", V2Use::renamed, "allowed_failed_count"},
    {"", "max_concurrency_per_instance", V2Use::renamed, "process_count_per_node"},
    {"", "instance_count", V2Use::renamed, "node_count"},
    {"", "logging_level", V2Use::renamed, "logging_level"},
    {"", "environment_variables", V2Use::renamed, "environment_variables"},
    {"", "environment", V2Use::renamed, "environment"},
    {"", "description", V2Use::renamed, "description"},
    {"", "is_deterministic", V2Use::own},
    {"", "input_data", V2Use::own},
    {"", "retry_settings", V2Use::own},
    {"", "resources", V2Use::own},
    {"", "task", V2Use::own},
    {"", "name", V2Use::label},
    {"", "display_name", V2Use::label},
    {"", "version", V2Use::label},
    {"", "tags", V2Use::label},
    {"", "properties", V2Use::label},
    {"", "experiment_name", V2Use::label},
    {"", "$schema", V2Use::label},
    {"", "creation_context", V2Use::label},
    {"", "comment", V2Use::label},
    {"", "compute", V2Use::cloud},
    {"", "identity", V2Use::cloud},
    {"", "services", V2Use::cloud},
    {"", "limits", V2Use::cloud},
    {"", "queue_settings", V2Use::cloud},
    {"", "settings", V2Use::cloud},
    {"retry_settings", "timeout", V2Use::renamed, "run_invocation_timeout"},
    {"retry_settings", "max_retries", V2Use::own},
    {"resources", "instance_count", V2Use::renamed, "node_count"},
    {"resources", "instance_type", V2Use::cloud},
    {"resources", "shm_size", V2Use::cloud},
    {"resources", "docker_args", V2Use::cloud},
    {"resources", "max_instance_count", V2Use::cloud},
    {"resources", "locations", V2Use::cloud},
    {"resources", "properties", V2Use::cloud},
    {"task", "type", V2Use::own},
    {"task", "code", V2Use::renamed, "source_directory"},
    {"task", "entry_script", V2Use::renamed, "entry_script"},
    {"task", "environment", V2Use::renamed, "environment"},
    {"task", "program_arguments", V2Use::own},
    {"task", "append_row_to", V2Use::own},
};

}  // namespace

std::vector<std::string> v2_keys_within(const std::string& within) {
  std::vector<std::string> names;
  for (const V2Key& key : keys)
    if (within == key.within) names.emplace_back(key.key);
  return names;
}

const V2Key* find_v2_key(const std::string& within, const std::string& name) {
  for (const V2Key& key : keys)
    if (within == key.within && name == key.key) return &key;
  return nullptr;
}

}  // namespace prs
