#include "app/by_hand.hpp"

/// The program where it is built without MPI: every verb that needs no workers.
int main(int argc, char** argv) {
  using namespace prs;
  return static_cast<int>(run_by_hand(argc, argv, [](const CommandLine&, const RunConfig&) -> ExitStatus {
    throw UserError(
        "this prs_mpi was built without MPI (PRS_WITH_MPI=OFF): it has every verb but run and join; "
        "build it "
        "with MPI");
  }));
}
