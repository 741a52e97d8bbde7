// The file that says which run a folder is of.
#include "fuzz_folder.hpp"
#include "fuzz_target.hpp"
#include "output/run_identity.hpp"
#include "support/errors.hpp"

namespace prs::fuzz {
namespace {

/// The file is understood or refused; what was understood is saved and loaded as the same.
void check(std::string_view bytes) {
  static const FuzzFolder folder;
  folder.write("run.json", bytes);
  std::optional<RunIdentity> identity;
  try {
    identity = load_run_identity(folder.file("run.json"));
  } catch (const InfrastructureError&) {
    return;
  }
  require(identity.has_value(), "a file that is there says something");
  save_run_identity(folder.file("run.json"), *identity);
  require(load_run_identity(folder.file("run.json")) == identity, "what is saved loads to an equal value");
  require(differences(*identity, *identity).empty(), "a run does not differ from itself");
}

}  // namespace
}  // namespace prs::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  prs::fuzz::check(prs::fuzz::text_of(data, size));
  return 0;
}
