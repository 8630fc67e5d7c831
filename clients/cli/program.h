// One run of the program: what the command line said, and the command that will run.
//
// Each group of commands adds itself to the parser with one function of this header.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "clients/cli/connection.h"
#include "clients/cli/output.h"

namespace candor::cli {

struct Program {
  ServerFlags server = ServerFlagsOfEnvironment();
  bool json = false;
  std::function<absl::StatusOr<int>(Output&)> run;  // Set by the command that was parsed.
};

// The groups, by first word.
void AddVerify(CLI::App& app, Program& program);
void AddTenant(CLI::App& app, Program& program);
void AddPrincipal(CLI::App& app, Program& program);
void AddKey(CLI::App& app, Program& program);
void AddRegistry(CLI::App& app, Program& program);  // system, action, codes
void AddStates(CLI::App& app, Program& program);    // stop, version
void AddAssurance(CLI::App& app, Program& program);
void AddReasons(CLI::App& app, Program& program);
void AddPolicy(CLI::App& app, Program& program);
void AddTask(CLI::App& app, Program& program);
void AddSucceed(CLI::App& group, Program& program);  // Under ledger.
void AddLedgerWatch(CLI::App& group, Program& program);
void AddLedger(CLI::App& app, Program& program);    // receipt, leaf, checkpoint, ledger
void AddDecide(CLI::App& app, Program& program);    // authorize, record, observe
void AddReplay(CLI::App& app, Program& program);
void AddShow(CLI::App& app, Program& program);
void AddExplain(CLI::App& app, Program& program);
void AddPerson(CLI::App& app, Program& program);
void AddPersonLists(CLI::App& group, Program& program);  // Under person.
void AddDoctor(CLI::App& app, Program& program);
void AddErase(CLI::App& app, Program& program);
void AddHold(CLI::App& app, Program& program);
void AddExport(CLI::App& app, Program& program);
void AddGrant(CLI::App& app, Program& program);
void AddReport(CLI::App& app, Program& program);
void AddSearch(CLI::App& app, Program& program);
void AddKeys(CLI::App& app, Program& program);      // keys backup, restore, new, list

// The parser with all of them. `program` must outlive it.
std::unique_ptr<CLI::App> MakeParser(Program& program);

// Parses and runs; prints to `out` and `err`. Returns the exit status.
int Run(int argc, const char* const* argv, std::ostream& out, std::ostream& err,
        const Style& style);

// --server, --key-file, --tls-…; and --json.
void AddServerFlags(CLI::App& command, Program& program);
void AddJson(CLI::App& command, Program& program);

// --request-id, for commands that append: a new one unless given.
void AddRequestId(CLI::App& command, std::string& request_id);
// Fills an empty one. Errors: kFailedPrecondition unless it is a UUID of version 4 or 7.
absl::Status SettleRequestId(std::string& request_id);
// Tells how to repeat, where a repetition may succeed.
absl::Status NamingRequest(absl::Status error, const std::string& request_id);

// A word that only groups commands.
CLI::App& AddGroup(CLI::App& parent, const std::string& name, const std::string& about);

// Makes `command` run `run` with flags of its own; returns these, to be bound to options.
template <typename Flags>
Flags& Runs(CLI::App& command, Program& program,
            absl::StatusOr<int> (*run)(const Flags&, const Program&, Output&)) {
  auto flags = std::make_shared<Flags>();
  command.callback([&program, flags, run] {
    program.run = [&program, flags, run](Output& out) { return run(*flags, program, out); };
  });
  return *flags;
}

}  // namespace candor::cli
