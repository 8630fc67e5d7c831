// candor, the command line.

#include <signal.h>

#include <cstdlib>
#include <iostream>

#include "clients/cli/program.h"

int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  // Errors of calls are told by the program, in its own words.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  return candor::cli::Run(argc, argv, std::cout, std::cerr, candor::cli::StyleOfTerminal());
}
