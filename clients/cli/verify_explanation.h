// candor verify explanation: the file that an explanation carries, checked offline.
#pragma once

#include "clients/cli/program.h"

namespace candor::cli {

void AddVerifyExplanation(CLI::App& group, Program& program);

}  // namespace candor::cli
