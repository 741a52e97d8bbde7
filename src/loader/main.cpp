// prs_loader SOCKET: reads the tables of one worker ahead (loader.hpp). Started by a worker, below a keeper.

#include <cstdio>
#include <exception>

#include "loader/loader.hpp"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("prs_loader: started by prs_mpi, not by hand\n", stderr);
    return 2;
  }
  try {
    prs::serve_loads(prs::connect_to_worker(argv[1]));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "prs_loader: %s\n", error.what());
    return 3;
  }
  return 0;
}
