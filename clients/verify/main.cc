// candor-verify: audit bundles, verified by a program that needs nothing but itself.

#include <iostream>

#include "clients/cli/errors.h"
#include "clients/cli/verify_bundle.h"

int main(int argc, char** argv) {
  using namespace candor::cli;
  CLI::App app("Verify an audit bundle of Candor, without a network, a database or a server", "candor-verify");
  BundleFlags flags;
  Style style = StyleOfTerminal();
  AddBundleFlags(app, flags);
  app.add_flag("--json", style.json, "Print JSON, for programs");
  app.footer(std::string("The last two lines are the verdicts: whether what was given is intact, and whether it is\n"
                         "complete.\n\n") + kExitCodes);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    std::cerr << "candor-verify: " << error.what() << "\n  next:   candor-verify --help\n";
    return kFailed;
  }
  Output out(std::cout, std::cerr, style);
  const absl::StatusOr<int> done = VerifyBundle(flags, out);
  std::cout.flush();
  if (done.ok()) return *done;
  out.Error(done.status());
  return kFailed;
}
