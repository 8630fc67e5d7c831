// The process that tries a policy set; other arguments make it end as no such process should.
#include <csignal>
#include <cstdio>
#include <string_view>

#include "services/policy/trial.h"

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "policy-trial") return candor::policy::Trial::Main();
  return 1;
}
