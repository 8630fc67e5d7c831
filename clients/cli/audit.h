// The commands of compliance beside `candor search`.
#pragma once

#include "clients/cli/program.h"

namespace candor::cli {

void AddAudit(CLI::App& app, Program& program);  // dossier, gaps, reads

}  // namespace candor::cli
