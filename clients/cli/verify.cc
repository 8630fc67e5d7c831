// candor verify: the group, and receipts.

#include "clients/cli/errors.h"
#include "clients/cli/files.h"
#include "clients/cli/program.h"
#include "clients/cli/verdict.h"
#include "clients/cli/verify_bundle.h"
#include "clients/cli/verify_explanation.h"
#include "clients/cli/verify_ledger.h"
#include "clients/cli/verify_tiles.h"
#include "services/base/clock.h"
#include "services/core/tlog/proof.h"
#include "services/verify/receipt.h"

namespace candor::cli {
namespace {

struct ReceiptFlags {
  std::string leaf_file, proof_file, vkey_file, origin;
  std::vector<std::string> vkeys;
};

absl::StatusOr<int> VerifyReceipt(const ReceiptFlags& flags, const Program&, Output& out) {
  CANDOR_ASSIGN_OR_RETURN(const std::string leaf, ReadFile(flags.leaf_file, 1 << 20));
  CANDOR_ASSIGN_OR_RETURN(const std::string proof, ReadFile(flags.proof_file, 2 << 20));
  CANDOR_ASSIGN_OR_RETURN(const auto keys, ReadKeys(flags.vkeys, flags.vkey_file));
  if (keys.empty()) return NoKeyGiven();
  verify::ReceiptVerdict found = verify::VerifyReceipt(leaf, proof, keys, flags.origin);

  Verdict verdict;
  verdict.findings = std::move(found.findings);
  verdict.malformed = std::move(found.malformed);
  const std::string position = std::to_string(found.position);
  if (verdict.malformed.empty()) {
    const std::string id = found.leaf.id.ToText(), time = ToRfc3339(found.leaf.time);
    verdict.about = {{"leaf", found.leaf.type + " " + id},
                     {"time", time},
                     {"ledger", found.leaf.ledger},
                     {"position", position}};
    verdict.json.Set("leaf_id", id);
    verdict.json.Set("type", found.leaf.type);
    verdict.json.Set("time", time);
    verdict.json.Set("ledger", found.leaf.ledger);
    verdict.json.Set("position", JsonNumber(found.position));
  }
  if (found.intact) {
    const absl::StatusOr<core::Proof> parts = core::ParseProof(proof);
    Describe(found.checkpoint, parts.ok() ? SignerOf(parts->checkpoint, keys) : "", verdict);
    verdict.intact = "leaf " + position + " hashes into the signed checkpoint of size " +
                     std::to_string(found.checkpoint.size);
  }
  verdict.complete = Completeness::NotProvable(
      "a receipt shows that one leaf is there, not that none was left out");
  return PrintVerdict(std::move(verdict), out);
}

void AddVerifyReceipt(CLI::App& group, Program& program) {
  CLI::App& command =
      *group.add_subcommand("receipt", "Verify a receipt offline: a leaf and its proof");
  ReceiptFlags& flags = Runs(command, program, &VerifyReceipt);
  command.add_option("LEAF_FILE", flags.leaf_file, "The leaf, <id>.leaf.json")->required();
  command.add_option("PROOF_FILE", flags.proof_file, "Its proof, <id>.tlog-proof")->required();
  AddKeyFlags(command, flags.vkeys, flags.vkey_file);
  command.add_option("--origin", flags.origin,
                     "The ledger that it must be of; default that of the key");
  AddJson(command, program);
}

void AddVerifyBundle(CLI::App& group, Program& program) {
  CLI::App& command = *group.add_subcommand(
      "bundle", "Verify an audit bundle offline; `candor verify FILE` is short for it");
  const auto run = +[](const BundleFlags& flags, const Program&, Output& out) { return VerifyBundle(flags, out); };
  AddBundleFlags(command, Runs(command, program, run));
  AddJson(command, program);
}

void AddVerifyLedger(CLI::App& group, Program& program) {
  CLI::App& command = *group.add_subcommand(
      "ledger", "Verify a whole ledger in its database: every row, tile, head and checkpoint");
  LedgerFlags& flags = Runs(command, program, &VerifyLedger);
  command
      .add_option("--database", flags.database,
                  "PostgreSQL, as postgresql://… or key=value; read only. Default $CANDOR_DATABASE")
      ->type_name("URL");
  command.add_option("--origin", flags.origin,
                     "The ledger; needed where the database holds several");
  AddKeyFlags(command, flags.vkeys, flags.vkey_file);
  AddKeyOutFlag(command, flags.vkey_out);
  command
      .add_option("--checkpoint", flags.checkpoint_files,
                  "A checkpoint kept elsewhere, that the ledger must continue; may repeat")
      ->type_name("FILE")
      ->allow_extra_args(false);
  command
      .add_option("--keys", flags.keys_folder,
                  "Folder with operator.<n>.key: also opens every sealed section and checks it")
      ->type_name("DIR");
  command
      .add_option("--threads", flags.threads, "Threads that verify; default one a core, at most 8")
      ->check(CLI::Range(1, 64));
  AddJson(command, program);
}

void AddVerifyServer(CLI::App& group, Program& program) {
  CLI::App& command =
      *group.add_subcommand("server", "Fetch a ledger from its server, and verify it here");
  TileCheckFlags& flags = Runs(command, program, &VerifyServer);
  AddKeyFlags(command, flags.vkeys, flags.vkey_file);
  AddKeyOutFlag(command, flags.vkey_out);
  command
      .add_option("--since", flags.since_file, "An older checkpoint that the ledger must continue")
      ->type_name("FILE");
  command
      .add_option("--out", flags.out_file, "Keep the checkpoint in this file, for the next --since")
      ->type_name("FILE");
  AddServerFlags(command, program);
}

void AddVerifyFolder(CLI::App& group, Program& program) {
  CLI::App& command = *group.add_subcommand(
      "folder", "Verify a ledger offline that `candor ledger save` wrote into a folder");
  TileCheckFlags& flags = Runs(command, program, &VerifyFolder);
  command
      .add_option("DIR", flags.folder, "Holds checkpoint, tile/… and tile/entries/…")
      ->required();
  AddKeyFlags(command, flags.vkeys, flags.vkey_file);
  AddKeyOutFlag(command, flags.vkey_out);
  command
      .add_option("--since", flags.since_file, "An older checkpoint that the ledger must continue")
      ->type_name("FILE");
  AddJson(command, program);
}

}  // namespace

void AddKeyOutFlag(CLI::App& command, std::string& file) {
  command
      .add_option("--vkey-out", file,
                  "If intact, write all keys that the ledger ever signed with, as --vkey-file takes them")
      ->type_name("FILE");
}

void AddVerify(CLI::App& app, Program& program) {
  CLI::App& group = AddGroup(app, "verify", "Verify a receipt, an explanation, an audit bundle, a ledger or a server");
  AddVerifyReceipt(group, program);
  AddVerifyExplanation(group, program);
  AddVerifyBundle(group, program);
  AddVerifyLedger(group, program);
  AddVerifyServer(group, program);
  AddVerifyFolder(group, program);
  for (CLI::App* command : group.get_subcommands({})) {
    command->footer(
        "The last two lines are the verdicts: whether what was given is intact, and whether it is\n"
        "complete.\n");
  }
}

}  // namespace candor::cli
