// candor_bench_fill SERVER OPERATOR_KEY_FILE LEAVES: fills the ledger of a new tenant, and
// prints its origin and its component's key on one line.

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "bench/load.h"
#include "bench/work.h"

int main(int argc, char** argv) {
  using namespace candor::bench;
  if (argc != 4) return 2;
  const Tenant tenant = MakeTenant(argv[1], argv[2]);
  const auto channel = ChannelTo(argv[1]);
  const double leaves = std::atof(argv[3]);
  double filled = 0;
  while (filled < leaves) {
    const Figures figures = Run(channel, BatchesOf100(tenant.key, 32, 1));
    if (figures.failed > 0 || figures.per_second == 0) {
      std::fprintf(stderr, "\nbench: filling failed: %s\n", figures.first_error.c_str());
      return 1;
    }
    filled += figures.per_second * 1.5;  // With the half second before the figures begin.
    if (isatty(STDERR_FILENO)) std::fprintf(stderr, "\rabout %.0f of %.0f leaves", std::min(filled, leaves), leaves);
  }
  std::fprintf(stderr, "\rthe full ledger holds about %.0f leaves\n", filled);
  std::printf("%s %s\n", tenant.origin.c_str(), tenant.key.c_str());
  return 0;
}
